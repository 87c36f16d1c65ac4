a = format("%05.2f|%-8s|%#x|%q|%[1]v", 1, "b", 3, null)
b = formatlist("%s", [1], "x")
c = formatdate("EEE D 'at' hh:mm ZZZZ", "2031-03-09T14:05:06-07:00")
d = timeadd("0001-01-01T00:00:00Z", "-1h")
