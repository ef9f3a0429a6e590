"""Threads that come at the same moment are served by one of them: each gets what is its own."""

import threading

import pytest

from events.together import Together


def crowd(together, items):
    """Call `together` with each item in a thread of its own; `{item: result or exception}`."""
    found = {}

    def run(item):
        try:
            found[item] = together(item)
        except Exception as problem:
            found[item] = problem

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return found


def test_who_comes_while_one_works_is_served_at_one_go():
    batches, may_go = [], threading.Event()

    def act(items):
        batches.append(sorted(items))
        may_go.wait(20)
        return [item * 10 for item in items]

    together = Together(act)
    first = threading.Thread(target=together, args=(0,))
    first.start()
    while not batches:
        pass
    others = threading.Thread(target=lambda: found.update(crowd(together, range(1, 8))))
    found: dict = {}
    others.start()
    while len(together.waiting) < 7:
        pass
    may_go.set()
    first.join(20)
    others.join(20)

    assert batches == [[0], [1, 2, 3, 4, 5, 6, 7]]
    assert found == {item: item * 10 for item in range(1, 8)}


def test_what_becomes_of_one_is_not_told_to_the_others():
    together = Together(lambda items: [ValueError(item) if item % 3 == 0 else item for item in items])

    found = crowd(together, range(30))

    assert {item for item, result in found.items() if isinstance(result, ValueError)} == set(range(0, 30, 3))
    assert all(result == item for item, result in found.items() if item % 3)


def test_after_a_failure_the_next_are_served():
    broken = [True]

    def act(items):
        if broken:
            broken.clear()
            raise OSError("the database is away")
        return items

    together = Together(act)
    with pytest.raises(OSError, match="away"):
        together(1)

    assert crowd(together, range(20)) == {item: item for item in range(20)}
