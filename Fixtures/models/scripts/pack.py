"""pack.py SOURCE: takes what export.py and ref.py wrote for twelve models, and keeps what the tests read.

For each model: default.onnx and noopt.onnx (gzip), inputs.npz, and reference.json with the mean squares that PyTorch has in float64.
torch 2.15.0, torchvision 0.29.2, transformers 5.24.0, onnx 1.23.2, onnxscript 0.7.2, numpy 2.4.6.
"""
import gzip, json, os, shutil, sys

source, target = sys.argv[1], os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def moment(entry):
    return None if not entry or entry.get("roundingOnly") else entry["secondMoment"]


def reduced(path, files):
    r = json.load(open(path))
    deviation = r["float32MaxRelativeDeviation"]
    parameters = [
        dict(name=n, aliases=p.get("aliases") or [], weight=p["weight"]["secondMoment"], gradient=moment(p.get("gradient")),
             folded=[f for f in files if "folded" in ((p["onnx"].get(f) or {}).get("relation") or "")])
        for n, p in r["parameters"].items()]
    modules = [
        dict(module=m["module"], output=m["output"]["secondMoment"], gradient=moment(m.get("gradient")),
             # Equal values elsewhere, as of dropout, have gradients of their own.
             values={f: m["onnx"][f]["value"] for f in files if m["onnx"].get(f) and m["onnx"][f]["by"] == "scope+value"})
        for m in r["modules"]]
    return dict(outputDeviation=deviation["output"], gradientDeviation=deviation["gradient"],
                parameterDeviation=deviation["parameterGradient"], parameters=parameters, modules=modules)


for name in sorted(os.listdir(source)):
    folder = os.path.join(target, name)
    os.makedirs(folder, exist_ok=True)
    sizes = {}
    for file in ("default.onnx", "noopt.onnx"):
        data = open(os.path.join(source, name, file), "rb").read()
        sizes[file] = len(data)
        with open(os.path.join(folder, file + ".gz"), "wb") as out:
            out.write(gzip.compress(data, 9, mtime=0))
    shutil.copyfile(os.path.join(source, name, "inputs.npz"), os.path.join(folder, "inputs.npz"))
    reference = reduced(os.path.join(source, name, "reference.json"), list(sizes))
    reference["bytes"] = sizes
    train = os.path.join(source, name, "reference_train.json")
    if os.path.exists(train):
        reference["training"] = reduced(train, ["noopt.onnx"])
    json.dump(reference, open(os.path.join(folder, "reference.json"), "w"), separators=(",", ":"))
