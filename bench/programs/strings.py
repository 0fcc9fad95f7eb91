# strings.py N: texts that grow, are split, joined and formatted.
import sys


def run(n):
    text = ""
    words = []
    for i in range(n):
        word = f"word-{i:05}"
        words.append(word.upper())
        text += word + " "
        if len(text) > 2000:
            parts = text.split()
            text = " ".join(parts[-20:])
            words = [part.title() for part in parts[:20]]
    return len(text) + len(words)


run(int(sys.argv[1]))
