"""What is kept of records, and for how long."""

from __future__ import annotations

import threading

from mustela.store.kept_records import KeptRecords, new_revision


def test_what_is_kept_stays_within_its_limit_and_what_is_asked_for_stays_longest() -> None:
    kept = KeptRecords(100_000)
    wanted = (0, 7)
    kept.keep("books", [(wanted, b"wanted")])
    for number in range(1, 2000):
        kept.keep("books", [((number, 7), b"x" * 700)])
        assert kept.find("books", [wanted]) == [b"wanted"]
        assert kept.size <= kept.limit
    assert kept.find("books", [(1, 7), (1999, 7)]) == [None, b"x" * 700]
    kept.clear()
    assert (kept.size, kept.find("books", [wanted])) == (0, [None])


def test_records_of_different_tables_revisions_and_neighbours_are_told_apart() -> None:
    kept = KeptRecords()
    kept.keep("books", [((1, 7, "left"), b"book")])
    names = [(1, 7, "left"), (1, 8, "left"), (2, 7, "left"), (1, 7, "right"), (1, 7, None)]
    assert kept.find("books", names) == [b"book", None, None, None, None]
    assert kept.find("shelves", names[:1]) == [None]


def test_a_record_that_would_drive_out_the_others_is_not_kept() -> None:
    kept = KeptRecords(100_000)
    kept.keep("books", [((1, 7), b"x" * 20_000)])
    assert kept.find("books", [(1, 7)]) == [None]


def test_a_record_as_it_is_counts_with_all_that_it_holds() -> None:
    kept = KeptRecords(100_000)
    kept.keep("books", [((1, 7), ("a", "x" * 5000, None))])
    assert 5000 < kept.size < 7000
    kept.keep("books", [((2, 7), ("b", "x" * 20_000, None))])
    assert kept.find("books", [(1, 7), (2, 7)]) == [("a", "x" * 5000, None), None]


def test_revisions_are_positive_and_fit_in_63_bits() -> None:
    made = {new_revision() for _ in range(1000)}
    assert len(made) == 1000
    assert 0 < min(made) <= max(made) < 2**63


def test_threads_find_what_they_asked_for_or_nothing() -> None:
    kept = KeptRecords(20_000)
    wrong: list[object] = []

    def work(start: int) -> None:
        for number in range(start, start + 2000):
            names = [((number + step) % 97, 7) for step in range(10)]
            found = kept.find("books", names)
            wrong.extend(
                document
                for name, document in zip(names, found, strict=True)
                if document not in (None, b"%d" % name[0])
            )
            kept.keep("books", [(name, b"%d" % name[0]) for name in names])

    threads = [threading.Thread(target=work, args=(start * 13,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert kept.size <= kept.limit
