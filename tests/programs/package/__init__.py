flag = 1
