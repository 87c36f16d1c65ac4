job "p" {
 type = "batch"
 periodic {
  crons = ["0 * * * *"]
  prohibit_overlap = true
 }
 parameterized {
  payload = "required"
  meta_required = ["a"]
 }
 multiregion {
  strategy { max_parallel = 1 }
  region "r" { count = 1 }
 }
 group "g" {
  reschedule { attempts = 1 }
  task "t" {
   driver = "exec"
   dispatch_payload { file = "f" }
  }
 }
}
