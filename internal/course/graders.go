package course

// graders are by the numbers of the exercises. That the answers stand here is no secret:
// so do the solutions, in docs/course/solutions.
var graders = map[string]grader{
	"0.1": number{10, 0.01, []hint{{50, "how many classes are there to guess from?"}, {0, "now and then a guess is right"}}},
	"0.2": number{40, 0.01, []hint{{10, "that is one epoch"}, {2000, "those are images, not batches"}, {80, "both views of an image are in the same step"}}},
	"0.3": number{26240, 0.5, []hint{
		{27264, "one layer shrinks with the square of the width"}, {26112, "the batch norms have parameters too"},
		{26176, "both norms count, each with a weight and a bias"}, {25216, "the layer from w to w is missing"},
	}},
	"0.4": number{1.54, 0.011, []hint{{0.49, "that is of all 10,000 images: there are 1,000"}, {2.18, "that is of the difference of two"}, {3.02, "that is half a 95 % interval"}, {48.7, "that is of one image: divide by the root of their number"}}},
	"0.5": word{"no", map[string]string{"yes": "look again: is it the same build, seed and SIMD level?"}},

	"1.1": number{0.5, 1e-6, []hint{{0.25, "both flipped is one way; there is another"}, {0.75, "that includes one of the two that differ"}}},
	"1.2": number{1.386, 0.002, []hint{{0.25, "that is the probability of a value; its −log is asked for"}, {0.347, "one of four equal terms is missing three others"}, {4, "take the logarithm"}}},
	"1.3": number{2.773, 0.002, []hint{{1.386, "that is one of the two"}, {1.922, "log 4 squared? Information of independent parts adds up"}, {16, "take the logarithm"}}},
	"1.4": word{"hue", map[string]string{
		"brightness": "a brighter gray is another gray", "contrast": "more contrast makes dark pixels darker", "crop": "a crop moves what is seen",
	}},
	"1.5": word{"b", map[string]string{"a": "it is a bound on what both views share, and it is nearly met", "c": "they are drawn independently"}},
	"1.6": program{"rgb_to_grayscale"},

	"2.1": number{3, 1e-6, []hint{{6, "that is what += gives"}, {9, "that is the value"}, {0, "the second line still writes something"}}},
	"2.2": number{4, 1e-6, []hint{{2, "Sum is made of other operations"}, {3, "count Mul too, and all of Sum"}, {5, "the matrix x itself leaves nothing on the tape"}}},
	"2.3": number{0.75, 0.0051, []hint{{3, "divide by e⁰ + eˣ"}, {0.25, "that is the derivative by the other one, the 0"}, {1.386, "that is the value"}}},
	"2.4": word{"b", map[string]string{"a": "multiply the shapes: (n, p)·(m, n) does not fit", "c": "multiply the shapes: (n, m)·(p, n) does not fit"}},
	"2.5": program{"softmax"},
	"2.6": program{"matmul"},

	"3.1": number{0.193, 0.0011, []hint{{0.5, "that is the entropy of W2 given W1 in nats: subtract it from log 2"}, {0.693, "that is the entropy of W2 alone"}}},
	"3.2": number{0.148, 0.0011, []hint{{0.193, "that is the bound with the right q"}, {-0.545, "that is the reconstruction alone: add the entropy"}, {0.368, "average log q over the table, not over q itself"}}},
	"3.3": number{2.531, 0.0015, []hint{{12.566, "that is the area: take its logarithm"}, {1.838, "that is the circle's, of two dimensions"}, {1.432, "that is the ball's inside, log 4π/3"}}},
	"3.4": number{0.511, 0.0011, []hint{{1.022, "there is a factor ½"}, {0.112, "the correlation is squared"}, {0.223, "the correlation is squared"}}},
	"3.5": number{5.545, 0.002, []hint{{5.541, "that is log 255: here the own point counts"}, {4.989, "that is what is there to be known; the estimate has a ceiling whatever is there"}, {256, "take the logarithm"}}},
	"3.6": program{"er_entropy_discrete"},

	"4.1": number{4.159, 0.002, []hint{{0, "the loss is 0 where the positive stands out; here it does not"}, {4.143, "that is log 63: the positive is in the denominator too"}, {4.844, "that is of NT-Xent, with 127 others"}}},
	"4.2": number{6.238, 0.0009, []hint{{6.236, "that is log 511: k is the whole batch"}, {512, "take the logarithm"}}},
	"4.3": number{22027, 0.5, []hint{{22026, "log 22,026 is just below 10"}, {1024, "nats are asked for, not bits"}, {10, "the bound grows with the logarithm of the batch"}}},
	"4.4": number{0, 1e-6, []hint{{5.545, "that is the loss; the bound is log k less it"}}},
	"4.5": number{20, 1e-6, []hint{{0.05, "that is τ; 1/τ is asked for"}, {160, "look at the table: it falls again"}}},
	"4.6": program{"info_nce"},

	"5.1": number{4.844, 0.002, []hint{{4.852, "that is log 128: no anchor is compared with itself"}, {4.159, "that is InfoNCE's: here the other view of each is among the others too"}, {4.836, "the positive is in the denominator"}}},
	"5.2": number{5, 1e-6, []hint{{0.2, "that is the temperature"}}},
	"5.3": number{0.465, 0.0011, []hint{{-0.465, "that is the entropy"}, {10, "the normalizer is missing"}, {-9.535, "that is log C alone"}}},
	"5.4": number{2, 1e-6, []hint{{1, "that is SimCLR-ER's"}, {0.5, "the other way round"}}},
	"5.5": program{"nt_xent"},

	"11.1": number{2.17, 0.011, []hint{{1.54, "that is of one network; variances add up"}, {3.06, "standard errors do not add up, variances do"}, {1.17, "that takes the same images into account; here they were not kept"}}},
	"11.2": number{1.17, 0.011, []hint{{2.17, "that is of mistakes that have nothing to do with each other"}, {1.8, "that is the difference"}, {0.57, "the images count on which they disagree either way"}}},
	"11.3": word{"b", map[string]string{"a": "then they have been trained on by you, and the table of this chapter says by how much they flatter", "c": "what is learned by heart does best there"}},
	"11.4": number{50, 1e-6, []hint{{500, "that is of all classes"}, {5, "1 % of 5,000"}}},
	"11.5": word{"b", map[string]string{"a": "it can take the inverse of the matrix into its weights", "c": "distances change: think of one direction being stretched a thousand times"}},
	"11.6": program{"log_softmax"},

	"12.1": number{-24, 1e-6, []hint{{-23, "that is how far neighbors are apart; the nearest is at most half of that away"}, {-53, "that is of double precision"}}},
	"12.2": number{0, 1e-9, []hint{{1, "that is the sum of the outputs of a row, which does not change"}}},
	"12.3": word{"c", map[string]string{"a": "two that have read the same page make the same mistake", "b": "it may be alone for a good reason, or for none"}},
	"12.4": number{0, 1e-9, []hint{{0.667, "that is the truth"}, {1, "that is the variance with n−1, and the truth; what does the computer say?"}, {2000, "1002² rounds to 1.004·10⁶, too"}}},
	"12.5": word{"d", map[string]string{"a": "that would be a 34th", "b": "that would not be a multiple of it", "c": "the directions' gradients are not equal for a row"}},
	"12.6": program{"normalize"},

	"13.1": number{5, 1e-6, []hint{{0.2, "operations a byte, not bytes an operation"}, {8000, "divide"}}},
	"13.2": number{85.3, 0.06, []hint{{42.7, "a multiplication and an addition are two"}, {128, "C is moved, too"}, {341.3, "a number has four bytes"}}},
	"13.3": number{3.08, 0.006, []hint{{4, "one tenth has stayed as it was"}, {3.7, "add times, not speeds"}}},
	"13.4": number{2.25, 1e-6, []hint{{9, "Winograd's way is not free"}, {0.444, "the other way round"}}},
	"13.5": number{68.7, 0.06, []hint{{17.2, "that is k by k: both views are rows"}, {137.4, "that is double precision"}, {64, "that is in GiB"}}},
	"13.6": program{"logsumexp"},

	"14.1": number{80, 1e-6, []hint{{0, "something has to be judged by"}, {160, "that is a fifth"}}},
	"14.2": word{"flip", map[string]string{"crop": "a part of a thread turns as the whole does", "jitter": "the light does not turn a screw"}},
	"14.3": number{3, 1e-6, []hint{{-3, "−2·3 + 3²"}, {9, "that is the second term alone"}, {-6, "the second term is not 0: all others are the same point, too"}}},
	"14.4": number{-6, 1e-6, []hint{{3, "that is when all are one point"}, {0, "that is the second term alone"}, {-2, "the rows have a squared length of μ"}}},
	"14.5": number{6, 1e-6, []hint{{5, "5 are just too few"}, {5.12, "a whole number"}, {3, "both means have an error"}, {2, "then the difference is one standard error or so"}}},
	"14.6": program{"alignment"},
}
