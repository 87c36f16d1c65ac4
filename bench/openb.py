#!/usr/bin/env python3
"""Writes a fleet and a trace for `drover sim` in the shape of a public GPU cluster.

The shape is that of OpenB, the cluster that Alibaba published as cluster-trace-gpu-v2023 and that "Beware of Fragmentation:
Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC 2023) describes: some 1,500 machines, four
fifths of them with 2 to 8 GPUs of one model each, 6,200 GPUs in all, most of one model; some 8,000 pods, of which an eighth ask
for no GPU, more than a third for a part of one, nearly half for one, and one in a hundred for 2, 4 or 8. No row is theirs: every
node and pod here is drawn from those shares and the ranges below, with a seed.

A part of a GPU is modelled in tenths: a GPU is ten instances of a device, a pod that asks for 0.3 of one takes three. A core
counts 1,000 MHz.

  openb.py --out FOLDER [--nodes 1200] [--pods 8000] [--seed 1] [--hours 24]      fleet.csv and trace.csv
  --hours 0: pods come one a second and stay for ever, as a load of known size.
"""
import argparse
import csv
import pathlib
import random

GPU_PARTS = 10
# share of the nodes, GPU model, GPUs of a node, cores, GB
MACHINES = (
    (0.365, "g2", 8, 96, 384),
    (0.280, "t4", 2, 64, 256),
    (0.088, "p100", 2, 64, 256),
    (0.017, "v100m32", 8, 96, 768),
    (0.016, "v100m16", 8, 96, 384),
    (0.026, "g3", 8, 128, 1024),
    (0.208, "", 0, 96, 384),
)
# share of the pods, tenths of a GPU (one of them), cores from and to, GB for each core
PODS = (
    (0.133, (0,), 4, 32, (2, 4, 8)),
    (0.378, (1, 2, 2, 3, 4, 5, 5, 6, 8), 2, 12, (2, 4)),
    (0.480, (10,), 4, 16, (2, 4, 8)),
    (0.002, (20,), 8, 24, (4,)),
    (0.002, (40,), 16, 48, (4,)),
    (0.005, (80,), 48, 96, (4,)),
)
NAMED_MODEL = 0.2  # of the pods with GPUs want one model, as often as there are GPUs of it
MEAN_RUN_S = 4 * 3600


def fleet(nodes):
    rows = []
    for share, model, gpus, cores, memory in MACHINES:
        devices = "nvidia/gpu/%s:%d" % (model, gpus * GPU_PARTS) if gpus else ""
        rows.append({"Name": model or "cpu", "Count": round(nodes * share), "CPU": cores * 1000, "Memory": memory * 1024,
                     "Disk": 2_000_000, "Devices": devices, "Class": model or "cpu"})
    rows[-1]["Count"] += nodes - sum(row["Count"] for row in rows)
    return rows


def pods(count, seed):
    """What each asks for: cores, MB, tenths of a GPU, the model or "any"."""
    chance = random.Random(seed)
    models = [(share * gpus, model) for share, model, gpus, _, _ in MACHINES if gpus]
    for _ in range(count):
        _, tenths, least, most, per_core = chance.choices(PODS, [row[0] for row in PODS])[0]
        gpu = chance.choice(tenths)
        cores = chance.randrange(least, most + 1, 2)
        named = gpu and gpu < 20 and chance.random() < NAMED_MODEL
        model = chance.choices([m for _, m in models], [w for w, _ in models])[0] if named else "any"
        yield {"cores": cores, "memory": cores * chance.choice(per_core) * 1024, "gpu": gpu, "model": model}


def trace(count, seed, hours):
    chance = random.Random(seed + 1)
    rows = []
    for i, pod in enumerate(pods(count, seed)):
        device = "nvidia/gpu" + ("" if pod["model"] == "any" else "/" + pod["model"])
        at = i if hours == 0 else round(chance.uniform(0, hours * 3600))
        run = "" if hours == 0 else max(60, round(chance.lognormvariate(0, 1.5) / 3.08 * MEAN_RUN_S))
        rows.append({"At": at, "ID": "pod-%d" % i, "Type": "service" if hours == 0 else "batch", "CPU": pod["cores"] * 1000,
                     "Memory": pod["memory"], "Devices": "%s:%d" % (device, pod["gpu"]) if pod["gpu"] else "", "RunFor": run})
    return sorted(rows, key=lambda row: row["At"])


def write(path, rows):
    with open(path, "w", newline="") as file:
        out = csv.DictWriter(file, rows[0].keys())
        out.writeheader()
        out.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--nodes", type=int, default=1200)
    parser.add_argument("--pods", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=int, default=24)
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    write(out / "fleet.csv", fleet(args.nodes))
    write(out / "trace.csv", trace(args.pods, args.seed, args.hours))


if __name__ == "__main__":
    main()
