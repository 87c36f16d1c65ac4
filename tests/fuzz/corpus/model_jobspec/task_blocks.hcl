job "d" {
 update { canary = 1 }
 migrate { max_parallel = 1 }
 ui {
  link {
   label = "l"
   url = "u"
  }
 }
 group "g" {
  disconnect { lost_after = "1m" }
  ephemeral_disk { sticky = true }
  affinity {
   attribute = "${node.class}"
   value = "x"
   weight = -5
  }
  spread {
   attribute = "${node.datacenter}"
   target "a" { percent = 50 }
  }
  task "t" {
   driver = "exec"
   lifecycle { hook = "prestart" }
   artifact {
    source = "git::x"
    options { a = "b" }
   }
   identity {
    name = "i"
    aud = ["a"]
    ttl = "1h"
   }
   vault { role = "r" }
   consul {}
   secret "s" {
    provider = "nomad"
    path = "p"
   }
   resources {
    cores = 1
    memory_max = 20
    numa { affinity = "prefer" }
    device "gpu" { count = 1 }
   }
   schedule {
    cron {
     start = "0 0 * * *"
     end = "1 0"
    }
   }
   action "a" { command = "c" }
   logs { disabled = true }
  }
 }
}
