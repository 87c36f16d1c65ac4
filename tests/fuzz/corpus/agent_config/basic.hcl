region = "eu"
ports { http = 1 }
client { enabled = true options = { "a.b" = "c" } meta { "x" = 1 } }
plugin "raw_exec" { config { enabled = true } }
