exec("made = 1\ndef inner():\n    return made\n")
inner()
shown = eval("[made for _ in range(2)]")
exec(compile("later = 2\nlater += 1\n", "<template>", "exec"))
