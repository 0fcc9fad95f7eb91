"""A small lending library, with a bug.

Ann borrows two books, Ben borrows one, and yet Ben's reminder lists all three. Record
the program and look at the call of `Member.__init__` for Ben: the recording shows where
the books come from before Ben has borrowed anything.
"""

from datetime import date, timedelta

LOAN_DAYS = 14
FEE_PER_DAY = 0.25


class Member:
    def __init__(self, name, loans={}):
        self.name = name
        self.loans = loans

    def borrow(self, title, day):
        self.loans[title] = day + timedelta(days=LOAN_DAYS)


def fee(member, today):
    total = 0.0
    for due in member.loans.values():
        days_late = (today - due).days
        if days_late > 0:
            total += days_late * FEE_PER_DAY
    return total


def reminder(member, today):
    titles = ", ".join(sorted(member.loans))
    return f"{member.name}: {titles}; to pay: {fee(member, today):.2f}"


def main():
    ann = Member("Ann")
    ann.borrow("Dune", date(2024, 3, 1))
    ann.borrow("Emma", date(2024, 3, 4))
    ben = Member("Ben")
    ben.borrow("Ulysses", date(2024, 3, 20))
    today = date(2024, 3, 25)
    for member in (ann, ben):
        print(reminder(member, today))


if __name__ == "__main__":
    main()
