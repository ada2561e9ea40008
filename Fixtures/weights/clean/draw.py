"""Draws the models of this folder as their own libraries draw them, small and with a fixed seed.

    python draw.py        (torch 2.15.0, transformers 5.24.0; run again only to add a model)

Each stands for a kind of tensor that is right and was once blamed. Nothing was trained and nothing was changed afterwards,
so `initscope weights` must find neither an error nor a warning, with the configuration or without it.
"""
import math
import os

import torch
import torch.nn as nn
import transformers as t
from safetensors.torch import save_file

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
SMALL = dict(num_hidden_layers=2, num_attention_heads=2, vocab_size=96)


def save(name, seed, make):
    torch.manual_seed(seed)
    made = make()
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    state = made.state_dict() if isinstance(made, nn.Module) else made
    kept = {}
    for key, value in state.items():
        # Tied tensors are stored once, as save_pretrained does.
        if value.numel() > 1 and any(value.data_ptr() == other.data_ptr() for other in kept.values()):
            continue
        kept[key] = value.detach()
    save_file({key: value.clone().contiguous() for key, value in kept.items()}, os.path.join(folder, "model.safetensors"))
    if hasattr(made, "config"):
        made.config.to_json_file(os.path.join(folder, "config.json"))


# Positions by sines and cosines: halves of rows, and interleaved ones.
save("whisper", 1, lambda: t.WhisperForConditionalGeneration(t.WhisperConfig(
    d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
    decoder_ffn_dim=32, vocab_size=96, max_source_positions=48, max_target_positions=32, num_mel_bins=8, pad_token_id=0,
    bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, suppress_tokens=None, begin_suppress_tokens=None)))
save("distilbert_sinusoids", 2, lambda: t.DistilBertModel(t.DistilBertConfig(
    dim=24, hidden_dim=48, n_layers=2, n_heads=2, vocab_size=64, max_position_embeddings=48, sinusoidal_pos_embds=True)))
# The gain of a global response norm starts at zero.
save("convnextv2", 3, lambda: t.ConvNextV2Model(t.ConvNextV2Config(hidden_sizes=[8, 16, 16, 16], depths=[1, 1, 1, 1])))
# A table of positions, and tokens, of zeros.
save("deit", 4, lambda: t.DeiTModel(t.DeiTConfig(
    hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=8)))
# Tied to a table of tokens beside one of token types; rows for padding.
save("roberta", 5, lambda: t.RobertaForMaskedLM(t.RobertaConfig(
    hidden_size=24, intermediate_size=48, max_position_embeddings=34, **SMALL)))
# A pad_token_id without a row for it.
save("clip_text", 6, lambda: t.CLIPTextModel(t.CLIPTextConfig(
    hidden_size=24, intermediate_size=48, max_position_embeddings=16, pad_token_id=1, bos_token_id=2, eos_token_id=3, **SMALL)))
# N(0, 0.1), beside a convolution and an output of PyTorch's default.
save("mamba2", 7, lambda: t.Mamba2ForCausalLM(t.Mamba2Config(
    hidden_size=16, num_hidden_layers=2, vocab_size=96, num_heads=8, head_dim=4, state_size=8, expand=2, n_groups=1)))
# Gains of zero that enter as 1 + w, but for one kind.
save("qwen3_next", 8, lambda: t.Qwen3NextForCausalLM(t.Qwen3NextConfig(
    hidden_size=16, intermediate_size=32, head_dim=8, num_key_value_heads=1, linear_num_key_heads=2, linear_num_value_heads=8,
    linear_key_head_dim=4, linear_value_head_dim=4, num_experts=2, num_experts_per_tok=1, moe_intermediate_size=16,
    shared_expert_intermediate_size=16, layer_types=["linear_attention", "full_attention"], **SMALL)))
# A router's bias that is drawn as matrices are.
save("gpt_oss", 9, lambda: t.GptOssForCausalLM(t.GptOssConfig(
    hidden_size=16, intermediate_size=16, head_dim=8, num_key_value_heads=1, num_local_experts=4, num_experts_per_tok=2, **SMALL)))
# The first GPT divides nothing by the depth.
save("openai_gpt", 10, lambda: t.OpenAIGPTModel(t.OpenAIGPTConfig(n_embd=24, n_layer=2, n_head=2, n_positions=32, vocab_size=96)))


def weight_norm():
    layers = [nn.utils.parametrizations.weight_norm(nn.Conv1d(16, 16, 3)) for _ in range(3)]
    return nn.ModuleDict({"new": nn.Sequential(*layers), "old": nn.utils.weight_norm(nn.Conv1d(16, 24, 3))})


# Row lengths beside directions.
save("weight_norm", 11, weight_norm)


def detector():
    model = nn.ModuleDict({
        "query_embed": nn.Embedding(20, 16), "transformer": nn.Transformer(16, 2, 2, 2, 32), "class_embed": nn.Linear(16, 6),
        "bbox_embed": nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4))})
    for parameter in model["transformer"].parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
    nn.init.constant_(model["class_embed"].bias, -math.log(99))
    nn.init.zeros_(model["bbox_embed"][2].weight)
    nn.init.zeros_(model["bbox_embed"][2].bias)
    return model


# Biases that nn.Transformer copies, a prior for rare classes, and a last layer of zeros: as DETR does.
save("detector", 12, detector)


def half(value):
    model = {"norm.weight": torch.ones(24), "pos_embed": torch.randn(1, 5, 24) * 0.02}
    for block in range(2):
        p = f"blocks.{block}."
        for name, shape in (("attn.qkv", (72, 24)), ("attn.proj", (24, 24)), ("mlp.fc1", (96, 24)), ("mlp.fc2", (24, 96))):
            model[f"{p}{name}.weight"] = nn.init.trunc_normal_(torch.empty(*shape), std=0.02)
            model[f"{p}{name}.bias"] = torch.zeros(shape[0])
        for name in ("ls1", "ls2"):
            model[f"{p}{name}.gamma"] = torch.full((24,), value)
    return {key: tensor.half() for key, tensor in model.items()}


# A factor that has few bits in float16.
save("layer_scale_float16", 13, lambda: half(1e-6))
save("layer_scale_float16_large", 14, lambda: half(0.1))


def jax_vit():
    model = half(1e-5)
    for key in list(model):
        model[key] = model[key].float()
        if key.endswith(("qkv.weight", "proj.weight", "fc1.weight", "fc2.weight")):
            nn.init.xavier_uniform_(model[key])
        elif key.endswith(("fc1.bias", "fc2.bias")):
            model[key] = torch.randn_like(model[key]) * 1e-6
        elif "gamma" in key:
            model[key] = None
    return {key: tensor for key, tensor in model.items() if tensor is not None}


# Glorot's formula in names of timm, as MAE draws them.
save("vit_glorot", 15, jax_vit)

TEXT = dict(hidden_size=24, intermediate_size=48, vocab_size=96, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1)
VISION = dict(hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=8)

# Towers that are each drawn by a program of their own: images by CLIP, SigLIP and ViT, text by LLaMA, Gemma and GPT-2, whose
# projection begins at zero in Gemma 3.
save("llava", 16, lambda: t.LlavaForConditionalGeneration(t.LlavaConfig(
    vision_config=t.CLIPVisionConfig(**VISION), text_config=t.LlamaConfig(**TEXT))))
save("gemma3_images", 17, lambda: t.Gemma3ForConditionalGeneration(t.Gemma3Config(
    vision_config=t.SiglipVisionConfig(**VISION).to_dict(), mm_tokens_per_image=4,
    text_config=t.Gemma3TextConfig(head_dim=8, **TEXT).to_dict())))
save("vision_encoder_decoder", 18, lambda: t.VisionEncoderDecoderModel(
    t.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        t.ViTConfig(**VISION), t.GPT2Config(vocab_size=96, n_embd=24, n_layer=2, n_head=2, n_positions=32))))
save("clip", 19, lambda: t.CLIPModel(t.CLIPConfig(
    text_config=t.CLIPTextConfig(hidden_size=24, intermediate_size=48, max_position_embeddings=16, **SMALL).to_dict(),
    vision_config=t.CLIPVisionConfig(**VISION).to_dict(), projection_dim=16)))
