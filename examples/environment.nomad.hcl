# What a task learns from its environment: meta of the job, of the group and of the task (the nearest wins), variables of its
# own, which may name facts about the node and the allocation, and the directories it may write to. Each of the two
# instances finds its own number. The logs block says how much of the output is kept.
job "environment" {
  type = "batch"

  meta {
    team  = "examples"
    shard = "none"
  }

  group "work" {
    count = 2

    meta {
      shard = "odd and even"
    }

    task "tell" {
      driver = "raw_exec"

      env {
        WHERE = "${node.unique.name} (${attr.cpu.arch})"
        WHO   = "${NOMAD_TASK_NAME}-${NOMAD_ALLOC_INDEX}"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "echo $WHO of $NOMAD_META_team on $WHERE does $NOMAD_META_shard; env | grep ^NOMAD_ | sort > \"$NOMAD_TASK_DIR/environment\""]
      }

      logs {
        max_files     = 2
        max_file_size = 1
      }

      resources {
        cpu    = 20
        memory = 10
      }
    }
  }
}
