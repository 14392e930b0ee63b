//! Reports of runs: tear sheet, summary, artefacts (P10, R6, R7).
