class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return getattr(instance, self.name)

    def __set__(self, instance, value):
        if value < 0:
            raise ValueError(value)
        setattr(instance, self.name, value)


class Account:
    balance = Positive()


account = Account()
account.balance = 5
account.balance += 1
try:
    account.balance = -1
except ValueError:
    pass
