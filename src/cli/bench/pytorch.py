"""The same CLIP in plain PyTorch on the CPU, asked over standard input; no training library, so that nothing stands between.

Started with a folder (manifest.json, weights.bin, images.bin, tokens.bin) and a number of threads. Prints the losses of the
first three steps as JSON, then answers each line "task repeats" with the milliseconds of every repetition.
"""
import json
import resource
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(0)
manifest = json.loads((folder / "manifest.json").read_text())
config, training = manifest["config"], manifest["training"]


def read(name, dtype):
    return torch.frombuffer(bytearray((folder / name).read_bytes()), dtype=dtype)


flat = read("weights.bin", torch.float32)
w, buffers, at = {}, {}, 0
for entry in manifest["weights"]:
    size = 1
    for side in entry["shape"]:
        size *= side
    value = flat[at : at + size].clone().reshape(entry["shape"])
    at += size
    if entry["buffer"]:
        buffers[entry["path"]] = value
    else:
        w[entry["path"]] = value.requires_grad_()
n = training["batchSize"]
images = read("images.bin", torch.float32).reshape(n, manifest["sidePx"], manifest["sidePx"], 3).permute(0, 3, 1, 2).contiguous()
tokens = read("tokens.bin", torch.int32).reshape(n, -1).long()


def norm(x, path):
    return F.layer_norm(x, x.shape[-1:], w[path + ".weight"], w[path + ".bias"])


def attend(q, k, v, heads, mask=None):
    d = q.shape[-1] // heads
    q, k, v = (t.unflatten(-1, (heads, d)).transpose(1, 2) for t in (q, k, v))
    scores = (q * d**-0.5) @ k.transpose(-2, -1)
    if mask is not None:
        scores = scores + mask
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def transformer(x, prefix, layers, heads, mask=None):
    for i in range(layers):
        p = f"{prefix}.resblocks.{i}."
        qkv = F.linear(norm(x, p + "ln_1"), w[p + "attn.in_proj_weight"], w[p + "attn.in_proj_bias"])
        x = x + F.linear(attend(*qkv.chunk(3, -1), heads, mask), w[p + "attn.out_proj.weight"], w[p + "attn.out_proj.bias"])
        hidden = F.linear(norm(x, p + "ln_2"), w[p + "mlp.c_fc.weight"], w[p + "mlp.c_fc.bias"])
        hidden = hidden * torch.sigmoid(1.702 * hidden)
        x = x + F.linear(hidden, w[p + "mlp.c_proj.weight"], w[p + "mlp.c_proj.bias"])
    return x


def batch_norm(x, path, train):
    return F.batch_norm(x, buffers[path + ".running_mean"], buffers[path + ".running_var"], w[path + ".weight"], w[path + ".bias"], train)


def vit(images, c):
    x = F.conv2d(images, w["visual.conv1.weight"], stride=c["patchPx"]).flatten(2).transpose(1, 2)
    x = torch.cat([w["visual.class_embedding"].expand(len(x), 1, -1), x], 1) + w["visual.positional_embedding"]
    x = transformer(norm(x, "visual.ln_pre"), "visual.transformer", c["layers"], c["heads"])
    return norm(x[:, 0], "visual.ln_post") @ w["visual.proj"]


def resnet(x, c, train):
    for i in (1, 2, 3):
        x = batch_norm(F.conv2d(x, w[f"visual.conv{i}.weight"], stride=2 if i == 1 else 1, padding=1), f"visual.bn{i}", train).relu()
    x = F.avg_pool2d(x, 2)
    for stage in range(4):
        for i in range(c["layers"][stage]):
            p = f"visual.layer{stage + 1}.{i}."
            stride = 2 if stage > 0 and i == 0 else 1
            pool = (lambda t: F.avg_pool2d(t, stride)) if stride > 1 else (lambda t: t)
            y = batch_norm(F.conv2d(x, w[p + "conv1.weight"]), p + "bn1", train).relu()
            y = batch_norm(F.conv2d(y, w[p + "conv2.weight"], padding=1), p + "bn2", train).relu()
            y = batch_norm(F.conv2d(pool(y), w[p + "conv3.weight"]), p + "bn3", train)
            if p + "downsample.0.weight" in w:
                x = batch_norm(F.conv2d(pool(x), w[p + "downsample.0.weight"]), p + "downsample.1", train)
            x = (y + x).relu()
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([x.mean(1, keepdim=True), x], 1) + w["visual.attnpool.positional_embedding"]
    q, k, v = (F.linear(t, w[f"visual.attnpool.{name}.weight"], w[f"visual.attnpool.{name}.bias"]) for t, name in ((x[:, :1], "q_proj"), (x, "k_proj"), (x, "v_proj")))
    return F.linear(attend(q, k, v, c["heads"])[:, 0], w["visual.attnpool.c_proj.weight"], w["visual.attnpool.c_proj.bias"])


def encode_images(train=False):
    c = config["image"]
    return vit(images, c) if c["kind"] == "vit" else resnet(images, c, train)


mask = torch.full((tokens.shape[1], tokens.shape[1]), float("-inf")).triu(1)


def encode_texts():
    c = config["text"]
    x = F.embedding(tokens, w["token_embedding.weight"]) + w["positional_embedding"]
    x = transformer(x, "transformer", c["layers"], c["heads"], mask)
    return norm(x[torch.arange(n), tokens.argmax(-1)], "ln_final") @ w["text_projection"]


groups = [
    {"params": [p for p in w.values() if p.ndim >= 2], "weight_decay": training["weightDecay"]},
    {"params": [p for p in w.values() if p.ndim < 2], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=training["learningRate"], betas=training["betas"], eps=training["epsilon"], foreach=True)
labels = torch.arange(n)


def train():
    optimizer.zero_grad(set_to_none=True)
    image, text = F.normalize(encode_images(True), dim=-1), F.normalize(encode_texts(), dim=-1)
    logits = image @ text.t() * w["logit_scale"].exp()
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def without_gradient(encode):
    return encode()


tasks = {"train": train, "images": lambda: without_gradient(encode_images), "texts": lambda: without_gradient(encode_texts)}
print(json.dumps([train() for _ in range(3)]), flush=True)
for line in sys.stdin:
    task, repeats = line.split()
    if task == "memory":
        print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6]), flush=True)
        continue
    times = []
    for _ in range(int(repeats)):
        start = time.perf_counter()
        tasks[task]()
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps(times), flush=True)
