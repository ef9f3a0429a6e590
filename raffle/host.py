"""The language model behind the master of ceremonies: the only module that talks to it (any endpoint with the OpenAI
protocol); reading.py reads sentences with it, speaking.py finds words.

It never sees a name, a list, an id of a person or a seed; what it says is hostile text until it is checked. Every call
ends within its budget, whatever the endpoint does: the deadline is kept outside of the SDK, whose time-outs do not bound
a dripping answer.
"""

import hashlib
import queue
import sys
import threading
import time
from dataclasses import dataclass
from decimal import Decimal

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, transaction

log = structlog.get_logger(__name__)
BUDGET = 4.0  # seconds for a reading or for words, the whole ladder included
LARGEST = 64 * 1024  # bytes of an answer
REST = 20  # seconds without a call after an endpoint was late or could not be reached
slots = threading.BoundedSemaphore(8)


class Late(Exception):
    """The budget is used up, whatever is still coming."""


class Busy(Exception):
    """Too many calls hang already."""


@dataclass
class Spent:
    """What a call cost, for the organiser's list."""

    purpose: str
    rung: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    outcome: str = "ok"
    counted: bool = False  # the endpoint said what it used; else `guess` does
    guess: tuple[int, int] = (0, 0)


def configured() -> bool:
    return bool(settings.OPENAI_API_KEY)


def trouble() -> str | None:
    """For the health page: what is wrong with the configured model, or None (also when there is none)."""
    failed = cache.get("emcee:failed") if configured() else None
    return f"the language model failed lately ({failed}); the offline words are used" if failed else None


def available() -> bool:
    """Whether a call is worth its time: there is a key, and the endpoint was not out of reach a moment ago."""
    return configured() and not cache.get(key("rest"))


def load() -> None:
    """Import the SDK: it takes a second or more the first time in a process."""
    import openai  # noqa: F401


def warm() -> None:
    """Import it in the background when the host opens the page, so that the first sentence does not pay for it."""
    if configured() and "openai" not in sys.modules:
        threading.Thread(target=load, daemon=True, name="emcee-warm").start()


def budget() -> float:
    return max(0.5, min(BUDGET, settings.OPENAI_TIMEOUT))


def key(what: str) -> str:
    """A cache key that belongs to this endpoint and model, the same in every process."""
    endpoint = f"{settings.OPENAI_BASE_URL}\n{settings.OPENAI_MODEL}"
    return f"emcee:{what}:{hashlib.sha256(endpoint.encode()).hexdigest()[:16]}"


def within(seconds: float, work, *args):
    """The result of `work(*args)`, or Late. Nobody waits for a thread that goes on dripping, not even the exit."""
    if not slots.acquire(blocking=False):
        raise Busy
    box: queue.Queue = queue.Queue(1)

    def run():
        try:
            box.put((work(*args), None))
        except BaseException as error:
            box.put((None, error))
        finally:
            slots.release()

    threading.Thread(target=run, daemon=True, name="emcee").start()
    try:
        result, error = box.get(timeout=max(0.05, seconds))
    except queue.Empty:
        raise Late from None
    if error is not None:
        raise error
    return result


def client(deadline: float):
    """A client for one call: no retries, no redirects, an answer that ends at the deadline and at LARGEST bytes."""
    import httpx
    import openai

    class Limited(httpx.SyncByteStream):
        def __init__(self, stream):
            self.stream = stream

        def __iter__(self):
            size = 0
            for chunk in self.stream:
                size += len(chunk)
                if size > LARGEST or time.monotonic() > deadline:
                    raise Late
                yield chunk

        def close(self):
            self.stream.close()

    def limit(answer):
        answer.stream = Limited(answer.stream)

    left = max(0.1, deadline - time.monotonic())
    transport = httpx.Client(
        timeout=httpx.Timeout(left, connect=min(2.0, left)),
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [limit]},
    )
    return openai.OpenAI(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL or None,
        max_retries=0,
        http_client=transport,  # type: ignore[arg-type]  # it takes httpx clients, its types name the next generation
    )


def create(deadline, spent, **how):
    """One call, its prompt noted before it is sent: whoever waits no longer for the answer has sent it all the same."""
    known = spent.guess
    guess(spent, how["messages"], "")
    try:
        return ask(deadline, **how)
    except Exception as error:
        if unread(error):
            spent.guess = known
        raise


def unread(error) -> bool:
    """Whether the endpoint took no prompt, which costs nothing: it refused, or could not be reached."""
    refused = getattr(error, "status_code", None) is not None
    return refused or type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout")


def ask(deadline, *, limit: int, warmth: float, **fields):
    """Ask; endpoints that do not know one of the optional parameters are remembered and asked without them."""
    api = client(deadline).chat.completions
    optional: dict[str, object] = {"max_tokens": limit, "temperature": warmth}
    if fields.get("stream"):
        optional["stream_options"] = {"include_usage": True}  # a stream says what it used only when asked
    if not cache.get(key("plain")):
        try:
            return api.create(model=settings.OPENAI_MODEL, **optional, **fields)
        except Exception as error:
            unknown = getattr(error, "status_code", None) == 400 and any(word in str(error) for word in optional)
            if not unknown:
                raise
            cache.set(key("plain"), True, 86400)
    return api.create(model=settings.OPENAI_MODEL, **fields)


def hopeless(error) -> bool:
    """Whether another way of asking cannot help: no connection, no rights, no quota, no time."""
    status = getattr(error, "status_code", None)
    unreachable = status is None and type(error).__name__.startswith("API")
    return unreachable or isinstance(error, Late) or status in (401, 403, 429)


def failed(error, spent) -> None:
    """Note a failure for the health page; an endpoint that is late or out of reach is left alone for a while."""
    spent.outcome = type(error).__name__
    log.warning("emcee_failed", error=spent.outcome, purpose=spent.purpose)
    cache.set("emcee:failed", spent.outcome, 300)
    if hopeless(error):
        cache.set(key("rest"), True, REST)


def cost(model: str, tokens_in: int, tokens_out: int) -> Decimal | None:
    """What so many tokens of this model cost, in OPENAI_CURRENCY; None for a model without a price."""
    if model not in settings.OPENAI_PRICES:
        return None
    price_in, price_out = settings.OPENAI_PRICES[model]
    return (price_in * tokens_in + price_out * tokens_out) / 1_000_000


def account(spent, started, event) -> None:
    """Write the call into the organiser's list; the key and the texts stay out."""
    from raffle.models import ModelCall

    call = ModelCall(event=event, model=settings.OPENAI_MODEL[:60], purpose=spent.purpose, rung=spent.rung)
    call.tokens_in, call.tokens_out = (spent.tokens_in, spent.tokens_out) if spent.counted else spent.guess
    call.outcome = spent.outcome[:40]
    call.cost = cost(settings.OPENAI_MODEL, call.tokens_in, call.tokens_out)
    call.milliseconds = int((time.monotonic() - started) * 1000)
    try:
        with transaction.atomic():
            call.save()
    except DatabaseError as error:  # a list that cannot be written keeps no host waiting
        log.warning("emcee_not_accounted", error=type(error).__name__)


def usage(answer, spent) -> None:
    """Add what the endpoint says that it used; an endpoint may say nothing, or nonsense."""
    said = getattr(answer, "usage", None)
    for ours, theirs in (("tokens_in", "prompt_tokens"), ("tokens_out", "completion_tokens")):
        number = getattr(said, theirs, 0)
        if isinstance(number, int) and 0 < number < 10**7:
            setattr(spent, ours, getattr(spent, ours) + number)
            spent.counted = True


def tokens(*texts: str) -> int:
    """About how many tokens these texts are, for endpoints that do not say: a Chinese character, or four letters."""
    wide = sum(char > "\u2e7f" for text in texts for char in text)
    return wide + (sum(map(len, texts)) - wide + 3) // 4


def guess(spent, messages, said: str) -> None:
    """Note about what a prompt and an answer must have used, in case that the endpoint does not say."""
    known_in, known_out = spent.guess
    spent.guess = known_in + tokens(*(message["content"] for message in messages)), known_out + tokens(said)
