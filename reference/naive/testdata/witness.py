"""The golden format's operations in PyTorch, float64, gradients by autograd.

x: a list of {"op", "attrs", "in", "ct"} with arrays as {"shape", "data"};
y: for each {"out", "grad"} likewise, "skip" where there is no such operation here.
"""
import math

import torch
import torch.nn.functional as F


def cosine_logits(a, b, temperature):
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).t() / temperature


def nt_xent(i, a):
    z = F.normalize(torch.cat([i["z1"], i["z2"]]), dim=1)
    s = z @ z.t() / a["temperature"]
    k = len(i["z1"])
    s = s.masked_fill(torch.eye(2 * k, dtype=torch.bool), -math.inf)
    target = torch.cat([torch.arange(k, 2 * k), torch.arange(k)])
    return {"loss": F.cross_entropy(s, target)}


OPS = {
    "matmul": lambda i, a: {"c": i["a"] @ i["b"]},
    "linear": lambda i, a: {"y": F.linear(i["x"], i["weight"], i.get("bias"))},
    "conv2d": lambda i, a: {"y": F.conv2d(i["x"], i["weight"], i.get("bias"), a["stride"], a["padding"])},
    "batch_norm": lambda i, a: {"y": F.batch_norm(i["x"], None, None, i.get("weight"), i.get("bias"), True, 0, a["eps"])},
    "layer_norm": lambda i, a: {"y": F.layer_norm(i["x"], i["x"].shape[1:], i.get("weight"), i.get("bias"), a["eps"])},
    "relu": lambda i, a: {"y": F.relu(i["x"])},
    "gelu": lambda i, a: {"y": F.gelu(i["x"], approximate=a["approximate"])},
    "softmax": lambda i, a: {"y": F.softmax(i["x"], -1)},
    "log_softmax": lambda i, a: {"y": F.log_softmax(i["x"], -1)},
    "logsumexp": lambda i, a: {"y": torch.logsumexp(i["x"], -1)},
    "normalize": lambda i, a: {"y": F.normalize(i["x"], dim=1, eps=a["eps"])},
    "max_pool2d": lambda i, a: {"y": F.max_pool2d(i["x"], a["kernel"], a["stride"], a["padding"])},
    "avg_pool2d": lambda i, a: {"y": F.avg_pool2d(i["x"], a["kernel"], a["stride"], a["padding"])},
    "global_avg_pool2d": lambda i, a: {"y": i["x"].mean((2, 3))},
    "attention": lambda i, a: {"y": F.softmax(i["q"] @ i["k"].transpose(2, 3) / math.sqrt(i["q"].shape[3]), -1) @ i["v"]},
    "info_nce": lambda i, a: {"loss": F.cross_entropy(
        cosine_logits(i["z1"], i["z2"], a["temperature"]), torch.arange(len(i["z1"])))},
    "nt_xent": nt_xent,
}


def answer(q):
    if q["op"] not in OPS:
        return {"skip": True}
    wrt = q["attrs"].get("wrt", [])
    tensor = lambda a: torch.tensor(a["data"], dtype=torch.float64).reshape(a["shape"])
    inputs = {name: tensor(a).requires_grad_(name in wrt) for name, a in q["in"].items()}
    outputs = OPS[q["op"]](inputs, q["attrs"])
    array = lambda t: {"shape": list(t.shape), "data": t.detach().flatten().tolist()}
    result = {"out": {name: array(t) for name, t in outputs.items()}, "grad": {}}
    if wrt:
        total = sum((outputs[name] * tensor(ct)).sum() for name, ct in q["ct"].items())
        grads = torch.autograd.grad(total, [inputs[name] for name in wrt], allow_unused=True)
        for name, g in zip(wrt, grads):
            result["grad"][name] = array(torch.zeros_like(inputs[name]) if g is None else g)
    return result


y = [answer(q) for q in x]
