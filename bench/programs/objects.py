# objects.py N: objects that refer to each other; attributes, properties, dataclasses.
import sys
from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float
    count: int = 1

    @property
    def total(self):
        return self.price * self.count


class Customer:
    def __init__(self, name):
        self.name = name
        self.orders = []
        self.balance = 0.0


class Order:
    def __init__(self, customer, items):
        self.customer = customer
        self.items = items
        customer.orders.append(self)

    def pay(self):
        amount = sum(item.total for item in self.items)
        self.customer.balance -= amount
        return amount


def run(n):
    customers = [Customer(f"customer {i}") for i in range(10)]
    for i in range(n):
        items = [Item("pen", 1.5, i % 7), Item("ink", 4.25)]
        order = Order(customers[i % 10], items)
        order.pay()
        if len(order.customer.orders) > 5:
            del order.customer.orders[0]
    return sum(customer.balance for customer in customers)


run(int(sys.argv[1]))
