package words

// devices is what is said of processors and graphics cards.
var devices = map[string][2]string{
	"device.on":   {"Trains on", "训练于"},
	"place.cpu":   {"CPU", "CPU"},
	"place.gpu":   {"GPU", "GPU"},
	"place.auto":  {"Auto", "自动"},
	"place.both":  {"both, compared", "两者比较"},
	"device.card": {"GPU, {0}", "GPU，{0}"},

	"device.why": {"Auto: ten steps of each, then the faster. Both: the CPU’s run, then the GPU’s beside it in Compare.", "自动：各走十步，取较快者。两者：先 CPU，再由 GPU 训练，在“比较”中并列。"},

	"card.unknown": {"Whether this browser gives a graphics card is not known yet.", "尚不知道此浏览器是否提供显卡。"},
	"card.none":    {"There is no GPU here, so the CPU trains whatever is chosen: {0}.", "此处没有 GPU，所以无论怎么选都由 CPU 训练：{0}。"},
	"card.here":    {"GPU: {0}. What it trains has bits of its own: no other machine must have the same hash.", "GPU：{0}。它训练出的比特是自己的：别的机器不必有相同哈希。"},
	"card.slow":    {"GPU: {0}, played by the CPU: right, but slow. What it trains has bits of its own.", "GPU：{0}，由 CPU 模拟：结果正确，但很慢。它训练出的比特是自己的。"},
	"card.bits":    {"Trained on a GPU: its bits are its own, no other machine must have this hash.", "由 GPU 训练：比特是它自己的，别的机器不必有此哈希。"},

	"choice.raced":  {"Auto measured {0} steps of each: CPU {1} ms a step, GPU {2} ms. The {3} trains.", "自动各测了 {0} 步：CPU 每步 {1} 毫秒，GPU {2} 毫秒。由 {3} 训练。"},
	"choice.short":  {"The run is too short to measure: the CPU trains.", "这次运行太短，无法测量：由 CPU 训练。"},
	"choice.moved":  {"The GPU trained up to step {0}; the CPU took {1} of its steps again and went on.", "GPU 训练到第 {0} 步；CPU 重走了其中 {1} 步后继续。"},
	"choice.failed": {"The GPU could not begin, so the CPU trains: {0}.", "GPU 未能开始，由 CPU 训练：{0}。"},

	"measure.train.gpu":  {"training, GPU", "训练，GPU"},
	"measure.infer.gpu":  {"answers, 32 at once, GPU, {0}", "回答，32 条一批，GPU，{0}"},
	"measure.gpu.wait":   {"The GPU is measured too, where there is one.", "有 GPU 时也会测量。"},
	"measure.gpu.none":   {"There is no GPU here: {0}.", "此处没有 GPU：{0}。"},
	"measure.gpu.slow":   {"GPU: {0}. The CPU plays it, so it was not measured.", "GPU：{0}。由 CPU 模拟，因此没有测量。"},
	"measure.gpu.failed": {"GPU: {0}. It failed while it was measured: {1}.", "GPU：{0}。测量时失败：{1}。"},
	"measure.gpu":        {"GPU: {0}.", "GPU：{0}。"},
	"measure.gpu.shares": {"GPU: {0}. Of a step in small: {1}.", "GPU：{0}。小型一步中：{1}。"},
	"and.comma":          {", ", "、"},

	"problem.gpu_none":   {"The browser gives no GPU: the CPU trains.", "浏览器不提供 GPU：由 CPU 训练。"},
	"problem.gpu_lost":   {"The GPU was lost at step {0}. The CPU took {1} steps again and goes on; nothing is lost.", "第 {0} 步时失去 GPU。CPU 重走 {1} 步后继续；什么都没丢。"},
	"problem.gpu_memory": {"The GPU ran out of memory at step {0}. The CPU took {1} steps again and goes on; nothing is lost.", "第 {0} 步时 GPU 内存用尽。CPU 重走 {1} 步后继续；什么都没丢。"},
	"problem.gpu_shader": {"The GPU refused a shader at step {0}. The CPU took {1} steps again and goes on; nothing is lost.", "第 {0} 步时 GPU 拒绝了着色器。CPU 重走 {1} 步后继续；什么都没丢。"},

	"engine.gpu":    {"GPU, {0}", "GPU，{0}"},
	"other.gpu":     {"Train it on the GPU too", "也用 GPU 训练一次"},
	"other.cpu":     {"Train it on the CPU too", "也用 CPU 训练一次"},
	"other.step":    {"The {0} is at step {1} of {2}.", "{0}：第 {1} 步，共 {2} 步。"},
	"other.begins":  {"The {0} begins.", "{0} 即将开始。"},
	"other.done":    {"CPU and GPU answer alike on {0} of {1} test texts; no probability differs by more than {2}.", "CPU 与 GPU 在 {1} 条测试文本中有 {0} 条回答相同；概率最多相差 {2}。"},
	"other.failed":  {"The other device did not end: {0}", "另一设备未完成：{0}"},
	"other.no.card": {"There is no GPU here to compare with.", "此处没有可比较的 GPU。"},
}
