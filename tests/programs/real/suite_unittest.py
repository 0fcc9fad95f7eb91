"""A small suite for `-m unittest`."""
import unittest


def divide(a, b):
    return a / b


class DivideTest(unittest.TestCase):
    def setUp(self):
        self.values = [6, 3]

    def test_result(self):
        self.assertEqual(divide(*self.values), 2)

    def test_zero(self):
        with self.assertRaises(ZeroDivisionError):
            divide(1, 0)

    @unittest.expectedFailure
    def test_fails(self):
        self.assertEqual(divide(1, 2), 1)
