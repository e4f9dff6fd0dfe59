"""
One fit on several processes
============================

Share one fit among several processes, GPUs or machines.

Every process takes its part of each batch, and all end with the same model; the first
one saves it. On the GPUs of one machine, with one process for each::

    torchrun --standalone --nproc-per-node=4 examples/one_large_fit.py model

Without GPUs the same command shares the fit among processes of the CPU, and without
torchrun, as ``python examples/one_large_fit.py model``, the script runs in one process.
With ``--checkpoints FOLDER``, in a folder that all processes see, a fit that was
stopped goes on when it is started again.
"""

import argparse
import os

import torch
from torch import distributed

import sklearn_deepsig
from sklearn_deepsig import DeepSignatureClassifier, make_windows
from sklearn_deepsig.datasets import make_gene_regulation


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Share one fit among processes.")
    parser.add_argument("model", help="folder for the model")
    parser.add_argument(
        "--checkpoints", help="folder for what a stopped fit goes on at"
    )
    parser.add_argument("--trajectories", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args(arguments)
    # torchrun sets it; GPUs talk by NCCL, processors by Gloo
    shared = int(os.environ.get("WORLD_SIZE", "1")) > 1
    if shared:
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        # The same samples and the same seed in every process: put yours here.
        data = make_gene_regulation(options.trajectories, random_state=0)
        X, y, _ = make_windows(data.X, data.y, n_windows=5)
        model = DeepSignatureClassifier(
            (60, 30),
            max_epochs=options.epochs,
            checkpoint_dir=options.checkpoints,
            random_state=0,
        ).fit(X, y)
        if not shared or distributed.get_rank() == 0:
            sklearn_deepsig.save(model, options.model, overwrite=True)
            print(f"loss {model.history_['loss'][-1]:.4f}, saved in {options.model}")
        return model
    finally:
        if shared:
            distributed.destroy_process_group()


if __name__ == "__main__":
    main()
