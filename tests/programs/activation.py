def before():
    return 1


before()
import activation_inner
before()
activation_inner.work(before)
