import part
total = part.answer()
