package spec

// Bench is what a machine was measured to do, by package engine/bench. Figures are
// medians of samples, taken in rounds in which everything had its turn; Quartiles stand
// beside them.
// What was not measured is 0.
type Bench struct {
	When    int64   `json:"when"` // Unix seconds
	CPU     string  `json:"cpu,omitempty"`
	Cores   int     `json:"cores"` // that might be used
	Device  string  `json:"device"`
	Fast    string  `json:"fast_device,omitempty"` // of Fast arithmetic
	Go      string  `json:"go"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"` // that it all took

	Workloads []Workload  `json:"workloads"`
	Ceiling   Ceiling     `json:"ceiling"`
	Speeds    []Speed     `json:"speeds"`
	Products  []Product   `json:"products"`
	Kernels   []KernelUse `json:"kernels"`

	Card *CardBench `json:"card,omitempty"` // nil: not asked for

	Encodings []EncodingSpeed `json:"encodings,omitempty"` // where these were asked for
}

// Quartiles of a figure's samples, the lower first.
type Quartiles [2]float64

// Workload is training and answering as a person would: workload W is a vocabulary of
// 10,000, texts of 128 tokens in batches of 32, Embedding → LSTM → Linear on the last
// state, binary cross-entropy, Adam; small is 64 → 64, medium 100 → 128.
type Workload struct {
	Workload   string `json:"workload"` // W
	Size       string `json:"size"`     // small or medium
	Threads    int    `json:"threads"`
	Arithmetic string `json:"arithmetic"`

	TrainSeqS      float64   `json:"train_seq_s"` // sequences a second
	TrainQuartiles Quartiles `json:"train_quartiles"`
	TrainGFLOPS    float64   `json:"train_gflops"` // of the matrix products alone, forward and backward
	StepMS         float64   `json:"step_ms"`
	InferSeqS      float64   `json:"infer_seq_s"` // in batches of 32, each thread its own
	InferQuartiles Quartiles `json:"infer_quartiles"`
	TableBytes     int       `json:"table_bytes"` // of what every word adds to the gates, kept by who reads much; 0 none
	TableMS        float64   `json:"table_ms"`    // that making it took, once a model

	// One text is one thread's work: with more threads these are the same figures.
	LatencyMS        float64   `json:"latency_ms"` // of one text's answer
	LatencyQuartiles Quartiles `json:"latency_quartiles"`
	TableLatencyMS   float64   `json:"table_latency_ms"` // with the table
	ColdMS           float64   `json:"cold_ms"`          // from a model's file in memory to its first answer
}

// Ceiling is the most that this machine could do on one thread.
type Ceiling struct {
	StrictGFLOPS float64 `json:"strict_gflops"` // multiplies and adds in registers alone, each rounded
	FastGFLOPS   float64 `json:"fast_gflops"`   // the same as Fast may do it
	ReadGBS      float64 `json:"read_gb_s"`     // of memory, beyond the caches
}

// Speed is what an arithmetic reaches on one thread, over the shapes of workload W.
type Speed struct {
	Arithmetic string  `json:"arithmetic"`
	GemmGFLOPS float64 `json:"gemm_gflops"` // all its shapes, one after the other
	LSTMGFLOPS float64 `json:"lstm_gflops"` // forward over 32 texts, small
	Int8GOPS   float64 `json:"int8_gops"`   // products of int8 codes
}

// Product is one matrix product, C [M, N] = A [M, K] · B [K, N].
type Product struct {
	Shape      string    `json:"shape"` // "small projection"
	Type       string    `json:"type"`  // f32 or int8
	M          int       `json:"m"`
	N          int       `json:"n"`
	K          int       `json:"k"`
	Arithmetic string    `json:"arithmetic"`
	GOPS       float64   `json:"gops"` // 10⁹ multiplications and additions a second
	Quartiles  Quartiles `json:"quartiles"`
}

// KernelUse is a kernel's part of a training step on one thread.
type KernelUse struct {
	Size       string  `json:"size"`
	Arithmetic string  `json:"arithmetic"`
	Kernel     string  `json:"kernel"` // as tensor.Device names it; "other" is what is no kernel
	Share      float64 `json:"share"`  // of the step's time
	MS         float64 `json:"ms"`     // a step
	Calls      float64 `json:"calls"`  // a step
}

// CardBench is what a graphics card was measured to do.
type CardBench struct {
	Name    string      `json:"name,omitempty"`
	Why     string      `json:"why,omitempty"`  // it was not, or not wholly
	Slow    bool        `json:"slow,omitempty"` // a processor plays it; it is not measured unless asked
	Work    []CardWork  `json:"work,omitempty"`
	Kernels []KernelUse `json:"kernels,omitempty"` // of a step, by the card's own clock; Kernel as package webgpu names it
}

// CardWork is training workload W's model of a size.
type CardWork struct {
	Size           string    `json:"size"`
	Steps          int       `json:"steps"` // that were measured
	TrainSeqS      float64   `json:"train_seq_s"`
	TrainQuartiles Quartiles `json:"train_quartiles"`
	StepMS         float64   `json:"step_ms"`

	Answers []CardAnswers `json:"answers,omitempty"` // f32, int8, int4/group32
}

// CardAnswers is answering in batches of 32 by a model stored so, whole numbers multiplied packed.
type CardAnswers struct {
	Encoding       string    `json:"encoding"`
	InferSeqS      float64   `json:"infer_seq_s"`
	InferQuartiles Quartiles `json:"infer_quartiles"`
}

// EncodingSpeed is how fast workload W's model answers where all its matrices are stored
// in one way, on one thread, in milliseconds.
type EncodingSpeed struct {
	Encoding string `json:"encoding"` // f32, int8, …
	Size     string `json:"size"`
	Bytes    int    `json:"bytes"` // of the file

	OneMS          float64   `json:"one_ms"` // one text
	OneQuartiles   Quartiles `json:"one_quartiles"`
	BatchMS        float64   `json:"batch_ms"` // 32 texts
	BatchQuartiles Quartiles `json:"batch_quartiles"`
	TableMS        float64   `json:"table_ms"` // the same by the table of what each word adds
	TableQuartiles Quartiles `json:"table_quartiles"`

	// The LSTM's recurrent matrix alone, in microseconds: times the state of one text, and of 32.
	MatrixOneUS   float64 `json:"matrix_one_us"`
	MatrixBatchUS float64 `json:"matrix_batch_us"`
}
