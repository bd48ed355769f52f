"""One turn of a peer in Python: argv[1] names it, argv[2] is the task in JSON. The
answer is JSON on standard output: version, values, checks, peak_rss_bytes, core."""
import ctypes, ctypes.util, glob, json, os, re, resource, statistics, sys, time

peer, task = sys.argv[1], json.loads(sys.argv[2])


def median_time(f, seconds):
    """The median duration of f after a first call; at least three more. With one thread
    in processor time, with more on the wall."""
    clock = time.process_time if task["threads"] == 1 else time.perf_counter
    f()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        began = clock()
        f()
        times.append(clock() - began)
    return statistics.median(times)


def openblas():
    """The OpenBLAS of the peer of that name."""
    names = [os.environ.get("ENTREC_OPENBLAS"), ctypes.util.find_library("openblas"), "libopenblas.so.0"]
    for name in [n for n in names if n] + glob.glob("/usr/lib/*/libopenblas*.so*"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            pass
    sys.exit("no libopenblas (Debian: libopenblas0-pthread; ENTREC_OPENBLAS names another)")


def core():
    """The core type of the OpenBLAS that the peer multiplies with, "" if there is none."""
    if peer == "openblas":
        libs = [openblas()]
    elif peer.startswith("torch") and peer != "torchvision":
        import torch

        if "BLAS_INFO=mkl" in torch.__config__.show() or not os.path.exists("/proc/self/maps"):
            return ""
        with open("/proc/self/maps") as maps:
            libs = [ctypes.CDLL(f) for f in sorted({line.split()[-1] for line in maps if "blas" in line})]
    else:
        return ""
    for lib in libs:
        if hasattr(lib, "openblas_get_corename"):
            lib.openblas_get_corename.restype = ctypes.c_char_p
            return lib.openblas_get_corename().decode()
    return ""


def torch_version():
    import torch

    capability = re.search("CPU capability usage: (.*)", torch.__config__.show())
    return torch.__version__ + (f", CPU capability {capability[1]}" if capability else "")


def gemm():
    import numpy as np

    lib = openblas()
    lib.openblas_set_num_threads(task["threads"])
    lib.openblas_get_config.restype = ctypes.c_char_p
    values, checks = {}, {}
    for c in task["cases"]:
        m, n, k = c["m"], c["n"], c["k"]
        kind, real, call = (np.float32, ctypes.c_float, lib.cblas_sgemm) if c["type"] == "f32" else (np.float64, ctypes.c_double, lib.cblas_dgemm)
        # Whole numbers so small that every sum is exact.
        a = (np.arange(m * k) * 7 % 17 - 8).astype(kind).reshape(m, k)
        b = ((np.arange(k * n) * 5 + 3) % 13 - 6).astype(kind).reshape(k, n)
        out = np.zeros((m, n), kind)
        p = lambda x: x.ctypes.data_as(ctypes.c_void_p)
        row_major, no_trans = 101, 111
        run = lambda: call(row_major, no_trans, no_trans, m, n, k, real(1), p(a), k, p(b), n, real(0), p(out), n)
        run()
        checks[c["name"]] = float((out.ravel().astype(np.float64) * (np.arange(m * n) % 13 + 1)).sum())
        values[c["name"]] = 2 * m * n * k / median_time(run, task["seconds"]) / 1e9
    return lib.openblas_get_config().decode().strip(), values, checks


def step():
    import torch, torch.nn as nn, torch.nn.functional as F

    torch.set_num_threads(task["threads"])
    c = task["cases"][0]
    width, batch = c["width"], c["batch"]
    if c["type"] == "f64":
        torch.set_default_dtype(torch.float64)

    class Block(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
            self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
            self.down = nn.Identity()
            if stride != 1 or i != o:
                self.down = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

        def forward(self, x):
            y = F.relu(self.bn1(self.conv1(x)), inplace=True)
            return F.relu(self.bn2(self.conv2(y)) + self.down(x), inplace=True)

    layers, i = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)], width
    for stage in range(4):
        for block in range(2):
            o = width << stage
            layers.append(Block(i, o, 2 if stage and not block else 1))
            i = o
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(i, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, 128)]
    net, x = nn.Sequential(*layers, *head), torch.randn(2 * batch, 3, 32, 32)
    if peer == "torch-nhwc":
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    labels = (torch.arange(2 * batch) + batch) % (2 * batch)
    times = []
    for s in range(2 + task["steps"]):
        began = time.perf_counter()
        z = F.normalize(net(x))
        similarities = z @ z.T / 0.2
        similarities.fill_diagonal_(-torch.inf)
        loss = F.cross_entropy(similarities, labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if s >= 2:
            times.append(time.perf_counter() - began)
    return torch_version(), {c["name"]: batch / statistics.median(times)}, {}


def objectives():
    import torch, torch.nn.functional as F

    torch.set_num_threads(task["threads"])
    values, checks = {}, {}
    for c in task["cases"]:
        k, d = c["k"], c["d"]
        number = torch.arange(2 * k * d) * 2654435761 % 2**32 // 256
        z = F.normalize((number / 2**24 - 0.5).to(torch.float32).reshape(2, k, d), dim=2)

        def nt_xent(a, b):
            z = F.normalize(torch.cat([a, b]))
            s = z @ z.T / 0.2
            s.fill_diagonal_(-torch.inf)
            return F.cross_entropy(s, (torch.arange(2 * k) + k) % (2 * k))

        def er(a, b):  # the normalizers of reconstruction and entropy cancel
            kappa = 5.0
            minus_entropy = sum(torch.logsumexp(kappa * v @ v.T, 1).mean() for v in (a, b)) / 2
            return minus_entropy - torch.log(torch.tensor(float(k))) - kappa * (a * b).sum(1).mean()

        def run():
            a, b = z[0].clone().requires_grad_(), z[1].clone().requires_grad_()
            loss = (nt_xent if c["loss"] == "ntxent" else er)(a, b)
            loss.backward()
            checks[c["name"]] = loss.item()

        values[c["name"]] = 1000 * median_time(run, task["seconds"])
    return torch_version(), values, checks


def views():
    import numpy as np, torch, torchvision
    from PIL import Image
    from torchvision import transforms as t

    torch.set_num_threads(1)
    image = Image.fromarray((np.arange(3 * 32 * 32) * 37 % 256).astype(np.uint8).reshape(32, 32, 3))
    pipeline = t.Compose([
        t.RandomResizedCrop(32, scale=(0.2, 1)), t.RandomHorizontalFlip(),
        t.RandomApply([t.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8), t.RandomGrayscale(0.2),
        t.ToTensor(), t.Normalize([0.5] * 3, [0.25] * 3),
    ])
    n = 200

    def run():
        for _ in range(n):
            pipeline(image)

    return torchvision.__version__, {c["name"]: n / median_time(run, task["seconds"]) for c in task["cases"]}, {}


def nothing():
    return "", {}, {}


version, values, checks = {"core": nothing, "gemm": gemm, "step": step, "objectives": objectives, "views": views}[task["benchmark"]]()
print(json.dumps({"version": version, "values": values, "checks": checks, "core": core(), "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
