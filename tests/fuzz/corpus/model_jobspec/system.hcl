job "s" {
 type = "system"
 constraint { distinct_hosts = true }
 constraint {
  operator = "regexp"
  attribute = "${attr.x}"
  value = "a|b"
 }
 group "g" {
  count = 0
  stop_after_client_disconnect = "1s"
  restart { mode = "fail" }
  task "t" {
   driver = "exec"
   config { o = { a = [null, 1/3] } }
   template {
    data = "x"
    destination = "d"
    change_mode = "script"
    change_script { command = "c" }
    wait { min = "1s" }
   }
  }
 }
}
