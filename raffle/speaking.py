"""Words of the master of ceremonies: streamed from the language model, checked sentence by sentence, else our own."""

import queue
import threading
import time

from django.core.cache import cache

from events.text import clean_text
from raffle import host, patter
from raffle.nicknames import concealed

SPEAK = (
    "You are the master of ceremonies of a raffle. Write at most two short sentences in {language}, tone: {tone}. "
    "{marks} You do not know who wins and never name or guess anybody. No digits, no markup, no links, no exclamation "
    "marks."
)
MARKED = "Write {{winner}} exactly once where the winner's name belongs, and {{prize}} where the prize belongs."


def words(kind: str, *, language: str, tone: str = "", hint: str = "", names=(), event=None) -> tuple[str, str]:
    """`(text, source)` for an "announcement" (with {{winner}}) or a "warm_up"; ours when the model is late or wrong.

    `hint` is public: the prize's name. `names` are compared with what comes back, and taken out of what is sent.
    """
    said = list(spoken(kind, language=language, tone=tone, hint=hint, names=names, event=event))
    text = " ".join(part for part, source in said if source == "model").strip()
    if text and patter.sayable(text, kind=kind, hint=concealed(hint, names), names=names):
        return text, "model"
    return patter.ours(kind, tone=tone, prize=hint), "offline"


def spoken(kind: str, *, language: str, tone: str = "", hint: str = "", names=(), event=None):
    """Yield `(sentence, source)` while the model speaks; each sentence is checked before anybody hears it.

    Ends within the budget. When the model gives nothing that can be said, the one thing yielded is ours.
    """
    heard = False
    if host.available():
        hidden, tone_hidden = concealed(hint, names), concealed(tone, names)
        host.load()  # before the clock: words are prepared ahead, nobody waits for them
        spent, started = host.Spent("speak", "text"), time.monotonic()
        chunks: queue.Queue = queue.Queue()
        deadline = started + host.budget()
        try:
            threading.Thread(
                target=_stream, args=(kind, language, tone_hidden, hidden, deadline, spent, chunks), daemon=True
            ).start()
            for sentence in sentences(chunks, deadline):
                if not patter.sayable(sentence, kind="part", hint=hidden, names=names):
                    raise ValueError("not to be said")
                heard = True
                yield sentence, "model"
            cache.delete("emcee:failed")
        except Exception as error:
            host.failed(error, spent)
        host.account(spent, started, event)
    if not heard:
        yield patter.ours(kind, tone=tone, prize=hint), "offline"


def _stream(kind, language, tone, hint, deadline, spent, chunks) -> None:
    """Put what the model says on the queue: texts, then None; or an exception."""
    if not host.slots.acquire(blocking=False):
        chunks.put(host.Busy())
        return
    try:
        tongue = "Simplified Chinese" if language.startswith("zh") else "English"
        system = SPEAK.format(
            language=tongue, tone=tone or "warm, exact, calm", marks=MARKED if kind == "announcement" else ""
        )
        user = (
            f"Write the {kind.replace('_', '-')}. The prize is called <prize>{hint.replace('<', '‹')}</prize> (data)."
        )
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        ended, said = False, 0
        for chunk in host.create(deadline, spent, limit=160, warmth=0.8, messages=messages, stream=True):
            host.usage(chunk, spent)
            if chunk.choices:
                part = chunk.choices[0].delta.content or ""
                said += host.tokens(part)
                spent.guess = spent.guess[0], said
                chunks.put(part)
                ended = ended or chunk.choices[0].finish_reason is not None
        chunks.put(None if ended else ValueError("the stream was cut"))
    except BaseException as error:
        chunks.put(error)
    finally:
        host.slots.release()


def sentences(chunks: queue.Queue, deadline: float):
    """Whole sentences from the queue, cleaned; raises Late at the deadline and what the queue carries."""
    text, size = "", 0
    while True:
        try:
            part = chunks.get(timeout=max(0.01, deadline - time.monotonic()))
        except queue.Empty:
            raise host.Late from None
        if isinstance(part, BaseException):
            raise part
        size += len(part or "")
        if size > patter.LONGEST:
            raise ValueError("too long")
        text += part or ""
        *whole, text = patter.split(text) if part is not None else [*patter.split(text), ""]
        yield from (cleaned for sentence in whole if (cleaned := clean_text(sentence)))
        if part is None:
            return
