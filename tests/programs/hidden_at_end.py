def last():
    pass


last()
