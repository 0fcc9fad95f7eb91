import warnings


def f():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            warnings.warn("careful")
        except UserWarning as warning:
            return str(warning)


f()
