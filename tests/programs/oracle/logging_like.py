class Logger:
    def __init__(self):
        self.lines = []
        self.level = 0

    def indent(self):
        self.level += 1

    def say(self, text):
        self.lines.append("  " * self.level + text)


log = Logger()
log.say("a")
log.indent()
log.say("b")
