job "j" { group "g" { count = 1 / 0
 task "t" { shutdown_delay = "2d" meta { a = b[0 } } } }
