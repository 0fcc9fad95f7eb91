class Node:
    def __init__(self, value):
        self.value = value
        self.next = None


a = Node(1)
b = Node(2)
a.next = b
b.next = a
a.value = 10
b.value = 20
b.next = None
