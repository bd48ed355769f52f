package course

import "math"

// graders are by the numbers of the exercises. That the answers stand here is no secret:
// so do the solutions, in docs/course/solutions.
var graders = map[string]grader{
	"0.1": percent{10, 0.01, []hint{{50, "how many classes are there to guess from?"}, {0, "now and then a guess is right"}}},
	"0.2": whole{40, []hint{{10, "that is one epoch"}, {2000, "those are images, not batches"}, {80, "both views of an image are in the same step"}}},
	"0.3": whole{26240, []hint{
		{27264, "one layer shrinks with the square of the width"}, {26112, "the batch norms have parameters too"},
		{26176, "both norms count, each with a weight and a bias"}, {25216, "the layer from w to w is missing"},
	}},
	"0.4": percent{1.54, 0.011, []hint{{100 * math.Sqrt(0.612*0.388/10000), "that is of all 10,000 images: there are 1,000"}, {100 * math.Sqrt(2*0.612*0.388/1000), "that is of the difference of two"}, {1.96 * 100 * math.Sqrt(0.612*0.388/1000), "that is half a 95 % interval"}, {100 * math.Sqrt(0.612*0.388), "that is of one image: divide by the root of their number"}}},
	"0.5": word{"no", map[string]string{"yes": "look again: is it the same build, seed and SIMD level?"}},

	"1.1": fraction{0.5, 1e-6, []hint{{0.25, "both flipped is one way; there is another"}, {0.75, "that includes one of the two that differ"}}},
	"1.2": nats{1.386, 0.002, []hint{{0.25, "that is the probability of a value; its −log is asked for"}, {math.Log(4) / 4, "one of four equal terms is missing three others"}, {4, "take the logarithm"}}},
	"1.3": nats{2.773, 0.002, []hint{{math.Log(4), "that is one of the two"}, {math.Log(4) * math.Log(4), "log 4 squared? Information of independent parts adds up"}, {16, "take the logarithm"}}},
	"1.4": word{"hue", map[string]string{
		"brightness": "a brighter gray is another gray", "contrast": "more contrast makes dark pixels darker", "crop": "a crop moves what is seen",
	}},
	"1.5": word{"b", map[string]string{"a": "it is a bound on what both views share, and it is nearly met", "c": "they are drawn independently"}},
	"1.6": program{"rgb_to_grayscale"},

	"2.1": number{3, 1e-6, []hint{{6, "that is what += gives"}, {9, "that is the value"}, {0, "the second line still writes something"}}},
	"2.2": whole{4, []hint{{2, "Sum is made of other operations"}, {3, "count Mul too, and all of Sum"}, {5, "the matrix x itself leaves nothing on the tape"}}},
	"2.3": number{0.75, 0.0051, []hint{{3, "divide by e⁰ + eˣ"}, {0.25, "that is the derivative by the other one, the 0"}, {math.Log(4), "that is the value"}}},
	"2.4": word{"b", map[string]string{"a": "multiply the shapes: (n, p)·(m, n) does not fit", "c": "multiply the shapes: (n, m)·(p, n) does not fit"}},
	"2.5": program{"softmax"},
	"2.6": program{"matmul"},

	"3.1": nats{0.193, 0.0011, []hint{{-0.8*math.Log(0.8) - 0.2*math.Log(0.2), "that is the entropy of W2 given W1 in nats: subtract it from log 2"}, {math.Ln2, "that is the entropy of W2 alone"}}},
	"3.2": nats{0.148, 0.0011, []hint{{0.8*math.Log(1.6) + 0.2*math.Log(0.4), "that is the bound with the right q"}, {0.8*math.Log(0.9) + 0.2*math.Log(0.1), "that is the reconstruction alone: add the entropy"}, {math.Ln2 + 0.9*math.Log(0.9) + 0.1*math.Log(0.1), "average log q over the table, not over q itself"}}},
	"3.3": nats{2.531, 0.0015, []hint{{4 * math.Pi, "that is the area: take its logarithm"}, {math.Log(2 * math.Pi), "that is the circle's, of two dimensions"}, {math.Log(4 * math.Pi / 3), "that is the ball's inside, log 4π/3"}}},
	"3.4": nats{0.511, 0.0011, []hint{{-math.Log(1 - 0.8*0.8), "there is a factor ½"}, {-math.Log(1-0.8) / 2, "the correlation is squared"}, {-math.Log(1 - 0.8), "there is a factor ½, and the correlation is squared"}}},
	"3.5": nats{5.545, 0.002, []hint{{math.Log(255), "that is log 255: here the own point counts"}, {4.989, "that is what is there to be known; the estimate has a ceiling whatever is there"}, {256, "take the logarithm"}}},
	"3.6": program{"er_entropy_discrete"},

	"4.1": nats{4.159, 0.002, []hint{{0, "the loss is 0 where the positive stands out; here it does not"}, {math.Log(63), "that is log 63: the positive is in the denominator too"}, {math.Log(127), "that is of NT-Xent, with 127 others"}}},
	"4.2": nats{6.238, 0.0009, []hint{{math.Log(511), "that is log 511: k is the whole batch"}, {512, "take the logarithm"}}},
	"4.3": whole{22027, []hint{{22026, "log 22,026 is just below 10"}, {1024, "nats are asked for, not bits"}, {10, "the bound grows with the logarithm of the batch"}}},
	"4.4": nats{0, 1e-6, []hint{{math.Log(256), "that is the loss; the bound is log k less it"}}},
	"4.5": number{20, 1e-6, []hint{{0.05, "that is τ; 1/τ is asked for"}, {160, "look at the table: it falls again"}}},
	"4.6": program{"info_nce"},

	"5.1": nats{4.844, 0.002, []hint{{math.Log(128), "that is log 128: no anchor is compared with itself"}, {math.Log(64), "that is InfoNCE's: here the other view of each is among the others too"}, {math.Log(126), "the positive is in the denominator"}}},
	"5.2": number{5, 1e-6, []hint{{0.2, "that is the temperature"}}},
	"5.3": number{0.465, 0.0011, []hint{{-10 - math.Log(10/(4*math.Pi*math.Sinh(10))), "that is the entropy"}, {10, "the normalizer is missing"}, {math.Log(10 / (4 * math.Pi * math.Sinh(10))), "that is log C alone"}}},
	"5.4": number{2, 1e-6, []hint{{1, "that is SimCLR-ER's"}, {0.5, "the other way round"}}},
	"5.5": program{"nt_xent"},

	"6.1": nats{-2.99, 0.011, []hint{{-3.68, "that is of 512 points"}, {-4.38, "more points raise it"}, {-3.66, "that is the true entropy"}}},
	"6.2": percent{3.77, 0.08, []hint{{100 * math.Exp(10) / (511 * math.Sinh(10) / 10), "the own point is in the sum too"}, {100. / 512, "that is one of 512: the own point is the nearest"}, {96.7, "that is of 128 dimensions"}}},
	"6.3": nats{10.397, 0.011, []hint{{math.Ln2, "the volume grows with the 15th power of the distance"}, {15, "take the logarithm of 2, too"}, {-15 * math.Ln2, "points that lie farther apart have more entropy"}}},
	"6.4": word{"c", map[string]string{"a": "look at the row of 1,024 heaps: it is three nats lower than for the uniform density", "b": "it finds the heaps best of all"}},
	"6.5": nats{2.615, 0.0011, []hint{
		{math.Log(2 * math.Pi * math.E), "that is without the correlation"}, {math.Log(2*math.Pi*math.E) + math.Log(1-0.6*0.6), "there is a factor ½"},
		{math.Log(1-0.6*0.6) / 2, "that is what the correlation takes away"}, {math.Log(2*math.Pi*math.E) + math.Log(1-0.6)/2, "the correlation is squared"},
	}},
	"6.6": program{"koleo"},

	"7.1": nats{-16.118, 0.011, []hint{{1e-7, "take the logarithm"}, {-7, "that is to base 10"}, {-43, "that is what I is, to base 10, at d = 128"}}},
	"7.2": nats{2.983, 0.0011, []hint{{2 * math.Pi * math.Pi, "take the logarithm"}, {math.Log(4 * math.Pi), "that is of three dimensions"}}},
	"7.3": word{"b", map[string]string{"a": "they are off by a constant: 83 nats at d = 128", "c": "the constant depends on d"}},
	"7.4": nats{11.09, 0.006, []hint{{16, "that is in bits"}, {15.9, "that is where the figure's line is, in bits"}, {65536, "take the logarithm"}}},
	"7.5": whole{1024, []hint{{512, "those lie at −47.35"}, {256, "those lie at −48.03"}, {4096, "those lie at −45.48"}, {2048, "those lie higher"}}},
	"7.6": program{"er_reconstruction_sphere"},

	"8.1": nats{0, 1e-6, []hint{{1, "take the logarithm"}}},
	"8.2": nats{8.006, 0.0011, []hint{{3000, "take the logarithm"}, {math.Log2(3000), "that is in bits; nats are asked for"}}},
	"8.3": fraction{0.5, 1e-6, []hint{{0.75, "that is before the columns are scaled"}, {0.25, "q is k times Q"}}},
	"8.4": nats{2.079, 0.0011, []hint{{0, "that is as ε goes to 0"}, {8, "take the logarithm"}}},
	"8.5": nats{0.368, 0.0011, []hint{{math.Ln2, "that is the entropy as they are drawn"}, {-0.1*math.Log(0.1) - 0.9*math.Log(0.9), "that is the entropy as they are"}}},
	"8.6": program{"sinkhorn"},

	"9.1": number{0, 1e-6, []hint{{2, "that is of projections at right angles"}, {4, "that is of opposite ones"}}},
	"9.2": whole{69, []hint{{100, "after 100 steps 37 % of it is left"}, {50, "0.99 to the 50th power is 0.61"}, {68, "it is a little more than half then"}}},
	"9.3": number{2, 1e-6, []hint{{1, "look at the factor of cos"}, {0.5, "that is the temperature"}}},
	"9.4": nats{5.545, 0.0011, []hint{{0, "that is where all choose one prototype, with certainty"}, {256, "take the logarithm"}}},
	"9.5": word{"b", map[string]string{"a": "each cosine has two ends, and only one of them gets a gradient", "c": "each of the two terms has one end that is not stopped"}},
	"9.6": program{"byol"},

	"10.1": number{7.33, 0.0051, []hint{{8.25, "that is what DINO loses; its twin loses something too"}, {6.76 - 2.35, "that is by the batch"}, {2.63 - 0.41, "that is BYOL's"}}},
	"10.2": number{1.96, 0.011, []hint{
		{2.776 * math.Sqrt(10./5) / math.Sqrt(5), "the standard deviation is over n − 1"}, {2.776 * math.Sqrt(10./4), "divide by the root of the number of seeds"},
		{1.96 * math.Sqrt(10./4) / math.Sqrt(5), "that is with 1.96 in place of Student's t"}, {2 * 2.776 * math.Sqrt(10./4) / math.Sqrt(5), "that is the whole length"}, {math.Sqrt(10./4) / math.Sqrt(5), "that is the standard error"},
	}},
	"10.3": fraction{0.0625, 1e-6, []hint{{0.03125, "two-sided: all minus is as extreme as all plus"}, {0.05, "that is what one would like"}}},
	"10.4": number{1.265, 0.011, []hint{{math.Sqrt(8), "that is of different seeds"}, {1.6, "that is the variance"}, {0.4, "the correlation is of the accuracies, not their difference"}}},
	"10.5": word{"undecided", map[string]string{"confirmed": "the interval contains 0", "refuted": "the interval does not end below 2"}},
	"10.6": program{"er_discrete"},
	"11.1": percent{2.17, 0.011, []hint{
		{100 * math.Sqrt(0.612*0.388/1000), "that is of one network; variances add up"},
		{100*math.Sqrt(0.612*0.388/1000) + 100*math.Sqrt(0.630*0.370/1000), "standard errors do not add up, variances do"}, {100 * math.Sqrt(138-0.324) / 1000, "that takes the same images into account; here they were not kept"},
	}},
	"11.2": percent{1.17, 0.011, []hint{
		{100 * math.Sqrt((0.612*0.388+0.630*0.370)/1000), "that is of mistakes that have nothing to do with each other"}, {1.8, "that is the difference"},
		{100 * math.Sqrt(18) / 1000, "the images count on which they disagree either way"}, {18 / math.Sqrt(1000), "the images count on which they disagree either way"},
	}},
	"11.3": word{"b", map[string]string{"a": "then they have been trained on by you, and the table of this chapter says by how much they flatter", "c": "what is learned by heart does best there"}},
	"11.4": whole{50, []hint{{500, "that is of all classes"}, {5, "1 % of 5,000"}}},
	"11.5": word{"b", map[string]string{"a": "it can take the inverse of the matrix into its weights", "c": "distances change: think of one direction being stretched a thousand times"}},
	"11.6": program{"log_softmax"},

	"12.1": whole{-24, []hint{{-23, "that is how far neighbors are apart; the nearest is at most half of that away"}, {-53, "that is of double precision"}}},
	"12.2": number{0, 1e-9, []hint{{1, "that is the sum of the outputs of a row, which does not change"}}},
	"12.3": word{"c", map[string]string{"a": "two that have read the same page make the same mistake", "b": "it may be alone for a good reason, or for none"}},
	"12.4": number{0, 1e-9, []hint{{2. / 3, "that is the truth"}, {1, "that is the variance with n−1, and the truth; what does the computer say?"}, {2000, "1002² rounds to 1.004·10⁶, too"}}},
	"12.5": word{"d", map[string]string{"a": "that would be a 34th", "b": "that would not be a multiple of it", "c": "the directions' gradients are not equal for a row"}},
	"12.6": program{"normalize"},

	"13.1": number{5, 1e-6, []hint{{0.2, "operations a byte, not bytes an operation"}, {8000, "divide"}}},
	"13.2": number{85.3, 0.06, []hint{{512. / 12, "a multiplication and an addition are two"}, {128, "C is moved, too"}, {4 * 512. / 6, "a number has four bytes"}}},
	"13.3": number{3.08, 0.006, []hint{{4, "one tenth has stayed as it was"}, {3.7, "add times, not speeds"}}},
	"13.4": number{2.25, 1e-6, []hint{{9, "Winograd's way is not free"}, {16. / 36, "the other way round"}}},
	"13.5": number{68.7, 0.06, []hint{{65536. * 65536 * 4 / 1e9, "that is k by k: both views are rows"}, {131072. * 131072 * 8 / 1e9, "that is double precision"}, {64, "that is in GiB"}}},
	"13.6": program{"logsumexp"},

	"14.1": whole{80, []hint{{0, "something has to be judged by"}, {160, "that is a fifth"}}},
	"14.2": word{"flip", map[string]string{"crop": "a part of a thread turns as the whole does", "jitter": "the light does not turn a screw"}},
	"14.3": number{3, 1e-6, []hint{{-3, "−2·3 + 3²"}, {9, "that is the second term alone"}, {-6, "the second term is not 0: all others are the same point, too"}}},
	"14.4": number{-6, 1e-6, []hint{{3, "that is when all are one point"}, {0, "that is the second term alone"}, {-2, "the rows have a squared length of μ"}}},
	"14.5": whole{6, []hint{{5, "5 are just too few"}, {3, "both means have an error"}, {2, "then the difference is one standard error or so"}}},
	"14.6": program{"alignment"},
}
