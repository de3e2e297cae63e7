package spec

import "slices"

// Recipe is a pipeline with a name and what it promises of the model of the preset imdb.
// make results measures whether it holds. The page and clove compress offer them.
type Recipe struct {
	Name     string `json:"name"`
	Pipeline string `json:"pipeline"`
	Says     string `json:"says"` // what it does, in a line

	// The promises; 0 where there is none.
	Size  float64 `json:"size,omitempty"`  // of the original's file, at most
	Bytes int     `json:"bytes,omitempty"` // of the file, at most
	Lost  float64 `json:"lost,omitempty"`  // of test accuracy, at most, 0.01 a point
}

// Recipes in the order of a list.
var Recipes = []Recipe{
	{Name: "int8", Pipeline: "quantize=int8", Size: 0.285, Lost: 0.002,
		Says: "every matrix in 8 bits, a scale a row, after training"},
	{Name: "int4", Pipeline: "quantize=int4/group32/mse", Size: 0.175, Lost: 0.01,
		Says: "every matrix in 4 bits, a scale for 32 neighbours, after training"},
	{Name: "int4-qat", Pipeline: "qat=int4/group32/teacher/epochs1", Size: 0.175, Lost: 0.003,
		Says: "the same 4 bits, trained an epoch more with them, on what the model itself answers"},
	{Name: "prune90", Pipeline: "prune=0.9/lstm/linear/gradual3/teacher,finetune=1/teacher", Lost: 0.005,
		Says: "nine tenths of the LSTM's and the Linear's weights go, little by little over three epochs, and one to mend"},
	{Name: "binary", Pipeline: "binary=learned/embedding/lstm/epochs3/teacher", Size: 0.07, Lost: 0.02,
		Says: "one bit a weight in the embedding and the LSTM, trained with a learned length a row"},
	{Name: "lstm-100x", Pipeline: "distill=lstm/words3000/embedding12/hidden16,quantize=int4/group32/mse,huffman", Size: 0.01, Lost: 0.01,
		Says: "a hundredth of the bytes, and an LSTM still: a small one learns from the model, then 4 bits"},
	// For a model of less than some megabytes, of which a hundredth has no room for its words: of reviews
	// it keeps a 23rd of the bytes and loses 1.5 points, of mail a 47th and 0.3, of names
	// a 17th and 0.4; of imdb a 77th and 0.7, where lstm-100x does better.
	{Name: "lstm-small", Pipeline: "distill=lstm/embedding6/hidden16/rate0.02/epochs20,qat=int4/tensor/epochs3/teacher,huffman", Size: 0.05, Lost: 0.02,
		Says: "as small as a small model gets within two points: all its words, an LSTM of 16 units, 4 bits trained"},
	// A bag of the same bytes loses 0.8 points (words6000/embedding4, 1.05 %): so an LSTM here too.
	{Name: "any-100x", Pipeline: "distill=lstm/words3000/embedding12/hidden16,quantize=int4/group32/mse,huffman", Size: 0.01, Lost: 0.005,
		Says: "a hundredth of the bytes, whatever kind it is: the best student there is, an LSTM too"},
	{Name: "distilled-bag", Pipeline: "distill=bag/words5500/embedding3/epochs12,quantize=int4/tensor/mse,huffman", Bytes: 30 * 1024,
		Says: "a bag of embeddings in 30 KB"},
	// Han et al. 2016, arXiv:1510.00149.
	{Name: "deep-compression", Pipeline: "prune=0.8/lstm/linear,finetune=1/teacher,cluster=4,huffman", Size: 0.13, Lost: 0.01,
		Says: "Deep Compression: pruned, tuned, sixteen values a matrix, the file entropy coded"},
}

// RecipeOf is the one of that name; false where there is none.
func RecipeOf(name string) (Recipe, bool) {
	i := slices.IndexFunc(Recipes, func(r Recipe) bool { return r.Name == name })
	if i < 0 {
		return Recipe{}, false
	}
	return Recipes[i], true
}
