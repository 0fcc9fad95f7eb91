import same_names_other


def run():
    return 1


def first():
    def run():
        return 2
    return run()


class Runner:
    def run(self):
        return 3


before = True
run(), first(), Runner().run(), same_names_other.run()
