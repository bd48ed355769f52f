package runs

import (
	"fmt"
	"strconv"
	"strings"

	"entrec/mvssl"
	"entrec/nn"
)

// pythonLines returns at most five lines of Python that build the encoder, or a part of it,
// and load a state dict into it; none where a graph needs no such lines, or there is no short
// way to build the encoder.
func pythonLines(p mvssl.Part, o ExportOptions, file string) []string {
	if o.Format == ONNX {
		return nil
	}
	build := pythonEncoder(p.Encoder)
	if build == nil {
		return nil
	}
	quoted := strconv.Quote(file) // which Python reads as we do
	first, read := "import torch", fmt.Sprintf("torch.load(%s, weights_only=True)", quoted)
	if o.Format == Safetensors {
		first, read = "import torch, safetensors.torch", fmt.Sprintf("safetensors.torch.load_file(%s)", quoted)
	}
	if o.Projector {
		read = fmt.Sprintf("{name: t for name, t in %s.items() if not name.startswith(%q)}", read, projectorPrefix)
	}
	lines := append([]string{first + build[0]}, build[1:]...)
	name := ""
	if p.Name != "" {
		name = p.Name + " = "
	}
	return append(lines, fmt.Sprintf("m.load_state_dict(%s); %sm.eval()", read, name))
}

// pythonEncoder returns the lines that build an encoder of a configuration, which is
// complete, as m; the first goes on after "import torch".
func pythonEncoder(c nn.EncoderConfig) []string {
	switch c.Name {
	case "resnet18", "resnet34", "resnet50":
		return pythonResNet(c)
	case "vit":
		return []string{"; from timm.models.vision_transformer import VisionTransformer", fmt.Sprintf(
			"m = VisionTransformer(img_size=(%d, %d), patch_size=%d, in_chans=%d, num_classes=0, embed_dim=%d, depth=%d, num_heads=%d)",
			c.Height, c.ImgWidth, c.Parameters["patch"], c.Channels, c.Width, c.Parameters["depth"], c.Parameters["heads"])}
	case "mlp":
		in, w := c.Channels*c.Height*c.ImgWidth, c.Width
		return sequential("flatten=nn.Flatten()",
			fmt.Sprintf("fc1=nn.Linear(%d, %d, bias=False), bn1=nn.BatchNorm1d(%d), relu1=nn.ReLU()", in, w, w),
			fmt.Sprintf("fc2=nn.Linear(%d, %d, bias=False), bn2=nn.BatchNorm1d(%d), relu2=nn.ReLU()", w, w, w))
	case "convnet":
		var layers []string
		in := c.Channels
		for i, out := range []int{c.Width, 2 * c.Width, 4 * c.Width, 4 * c.Width} {
			stride := 2
			if i == 3 {
				stride = 1
			}
			layers = append(layers, fmt.Sprintf("conv%d=nn.Conv2d(%d, %d, 3, %d, 1, bias=False), bn%d=nn.BatchNorm2d(%d), relu%d=nn.ReLU()", i+1, in, out, stride, i+1, out, i+1))
			in = out
		}
		return sequential(append(layers, pythonMean)...)
	case "patchnet":
		half, w := c.Parameters["patch"]/2, c.Width
		return sequential(
			fmt.Sprintf("conv1=nn.Conv2d(%d, %d, %d, %d), relu1=nn.ReLU(), conv2=nn.Conv2d(%d, %d, 1), relu2=nn.ReLU()", c.Channels, w, half, half/2, w, w),
			fmt.Sprintf("conv3=nn.Conv2d(%d, %d, 3, 2), relu3=nn.ReLU(), conv4=nn.Conv2d(%d, %d, 1), relu4=nn.ReLU()", w, 4*w, 4*w, 8*w), pythonMean)
	}
	return nil
}

// pythonMean is the mean over places.
const pythonMean = "mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten()"

// sequential returns the lines of a network whose layers go one after another.
func sequential(layers ...string) []string {
	return []string{"; from torch import nn", "m = nn.Sequential()",
		fmt.Sprintf("for name, layer in dict(%s).items(): m.add_module(name, layer)", strings.Join(layers, ", "))}
}

// pythonResNet returns torchvision's network with another stem and width.
func pythonResNet(c nn.EncoderConfig) []string {
	block, blocks, usual := "BasicBlock", "[2, 2, 2, 2]", 8*c.Width
	switch c.Name {
	case "resnet34":
		blocks = "[3, 4, 6, 3]"
	case "resnet50":
		block, blocks, usual = "Bottleneck", "[3, 4, 6, 3]", 32*c.Width
	}
	if c.Parameters["features"] != usual {
		return nil // torchvision has no such layer
	}
	stem, pool := "3, 1, 1", " = m.maxpool"
	if c.Word("stem") == "imagenet" {
		stem, pool = "7, 2, 3", ""
	}
	return []string{
		", torchvision.models.resnet as tv",
		fmt.Sprintf("m = tv.ResNet(tv.%s, %s); m.inplanes = %d; m.fc%s = torch.nn.Identity()", block, blocks, c.Width, pool),
		fmt.Sprintf("m.conv1, m.bn1 = torch.nn.Conv2d(%d, %d, %s, bias=False), torch.nn.BatchNorm2d(%d)", c.Channels, c.Width, stem, c.Width),
		fmt.Sprintf("m.layer1, m.layer2, m.layer3, m.layer4 = (m._make_layer(tv.%s, %d << i, n, 2 if i else 1) for i, n in enumerate(%s))", block, c.Width, blocks),
	}
}
