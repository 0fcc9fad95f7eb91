"""What a checker says: problems with the number of the rule that is broken.

The rule numbers are those of section 8 of the page on the trace formats, 1 to 25.
"""

from dataclasses import dataclass

PROBLEMS_PER_RULE = 50
"""A broken writer breaks a rule at every record; the first ones are enough."""


@dataclass(frozen=True)
class Problem:
    """One broken rule: its number, what is wrong, and at which record (from 0)."""

    rule: int
    message: str
    record: int | None = None

    def __str__(self) -> str:
        place = "" if self.record is None else f"record {self.record}: "
        return f"rule {self.rule}: {place}{self.message}"


class Refused(ValueError):
    """An events file of which no list of records can be read."""

    def __init__(self, rule: int, message: str, record: int | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(rule, message, record)


class Report:
    """Collects problems, the first `PROBLEMS_PER_RULE` of each rule."""

    def __init__(self) -> None:
        self._by_rule: dict[int, list[Problem]] = {}

    def add(self, rule: int, message: str, record: int | None = None) -> None:
        found = self._by_rule.setdefault(rule, [])
        if len(found) < PROBLEMS_PER_RULE:
            found.append(Problem(rule, message, record))

    def problems(self) -> list[Problem]:
        """All problems kept, by rule, then in the order they were found."""
        return [p for _, found in sorted(self._by_rule.items()) for p in found]
