# Writes statistics_in_r.csv: values of the statistics of proportions, tables, ranks, means and rates, computed
# by R and its packages, or by the defining equations solved here with uniroot().
# Run: Rscript statistics_in_r.R > statistics_in_r.csv
# Needs the packages coin, e1071, exactRankTests, metafor, survey and vcdExtra (Debian: r-cran-...).
suppressPackageStartupMessages({library(survey); library(vcdExtra); library(coin)})
suppressWarnings(RNGversion("3.6.0"))
rows <- list()
add <- function(statistic, data, options, values, source) {
  for (name in names(values)) {
    rows[[length(rows) + 1]] <<- c(statistic, data, options, sub("[.].*", "", name), sprintf("%.15g", values[[name]]), source)
  }
}
ci <- function(limits) c(conf_low = limits[1], conf_high = limits[2])
z <- qnorm(0.975)
numbers <- function(text) as.numeric(strsplit(trimws(text), " +")[[1]])
parts <- function(text, mark) trimws(strsplit(text, mark, fixed = TRUE)[[1]])
# "56/70 48/80; 3/4 1/4": rows are strata, columns count1, total1, count2, total2.
fourfold <- function(text) t(sapply(parts(text, ";"), function(s) as.numeric(unlist(strsplit(strsplit(s, " +")[[1]], "/")))))
# "1 2 3 | 4 5": values of the compared and of the reference group.
two <- function(text) lapply(parts(text, "|"), numbers)

# --- one proportion -----------------------------------------------------------------------------------------
for (data in c("81/263", "15/148", "0/20", "1/29", "29/29", "3/4", "1/1", "0/1", "500/1000")) {
  x <- as.numeric(strsplit(data, "/")[[1]]); n <- x[2]; x <- x[1]; p <- x / n
  add("proportion", data, "ci='clopper_pearson'", ci(binom.test(x, n)$conf.int), "binom.test(x, n)")
  add("proportion", data, "ci='clopper_pearson', level=0.9", ci(binom.test(x, n, conf.level = 0.9)$conf.int), "binom.test(x, n, conf.level = 0.9)")
  add("proportion", data, "ci='wilson'", ci(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int), "prop.test(x, n, correct = FALSE)")
  if (abs(x - n / 2) >= 0.5) add("proportion", data, "ci='wilson_cc'", ci(suppressWarnings(prop.test(x, n))$conf.int), "prop.test(x, n)")
  add("proportion", data, "ci='jeffreys'", ci(c(if (x > 0) qbeta(0.025, x + 0.5, n - x + 0.5) else 0, if (x < n) qbeta(0.975, x + 0.5, n - x + 0.5) else 1)), "qbeta(c(0.025, 0.975), x + 0.5, n - x + 0.5)")
  size <- n + z^2; middle <- (x + z^2 / 2) / size; half <- z * sqrt(middle * (1 - middle) / size)
  add("proportion", data, "ci='agresti_coull'", ci(c(max(0, middle - half), min(1, middle + half))), "formula of Agresti and Coull")
  half <- z * sqrt(p * (1 - p) / n)
  add("proportion", data, "ci='wald'", ci(c(max(0, p - half), min(1, p + half))), "p + c(-1, 1) * z * sqrt(p * (1 - p) / n)")
  half <- half + 1 / (2 * n)
  add("proportion", data, "ci='wald_cc'", ci(c(max(0, p - half), min(1, p + half))), "p + c(-1, 1) * (z * sqrt(p * (1 - p) / n) + 1 / (2 * n))")
}

# --- two proportions: score intervals from their defining equations -----------------------------------------
loglik_slope <- function(p2, x1, n1, x2, n2, f, df) {
  over <- function(x, p) if (x == 0) 0 else x / p
  p1 <- f(p2); (over(x1, p1) - over(n1 - x1, 1 - p1)) * df(p2) + over(x2, p2) - over(n2 - x2, 1 - p2)
}
constrained <- function(x1, n1, x2, n2, f, df, low, high) {
  inside <- 1e-14 * (high - low)
  slope <- function(p2) loglik_slope(p2, x1, n1, x2, n2, f, df)
  if (slope(low + inside) <= 0) return(low)
  if (slope(high - inside) >= 0) return(high)
  uniroot(slope, c(low + inside, high - inside), tol = 1e-16, maxiter = 10000)$root
}
mn_difference <- function(tab, factor = TRUE) {
  w <- tab[, 2] * tab[, 4] / (tab[, 2] + tab[, 4]); w <- w / sum(w)
  estimate <- sum(w * (tab[, 1] / tab[, 2] - tab[, 3] / tab[, 4]))
  excess <- function(delta) {
    v <- apply(tab, 1, function(r) {
      p2 <- constrained(r[1], r[2], r[3], r[4], function(p) p + delta, function(p) 1, max(0, -delta), min(1, 1 - delta))
      p1 <- p2 + delta; n <- r[2] + r[4]
      (p1 * (1 - p1) / r[2] + p2 * (1 - p2) / r[4]) * (if (factor) n / (n - 1) else 1)
    })
    (estimate - delta)^2 - z^2 * sum(w^2 * v)
  }
  root <- function(end) {
    near <- estimate + sign(end - estimate) * 1e-7
    if (abs(end - estimate) < 1e-7 || excess(end * (1 - 1e-13)) <= 0) return(end)
    uniroot(excess, sort(c(near, end * (1 - 1e-13))), tol = 1e-15, maxiter = 10000)$root
  }
  c(root(-1), root(1))
}
outward <- function(excess, start, step) {
  near <- start + step * 1e-7
  while (excess(start + step) <= 0) step <- 2 * step
  uniroot(excess, sort(c(near, start + step)), tol = 1e-15, maxiter = 10000)$root
}
mn_ratio <- function(r, factor = TRUE) {
  n <- r[2] + r[4]
  excess <- function(log_ratio) {
    q <- exp(log_ratio)
    p2 <- constrained(r[1], r[2], r[3], r[4], function(p) q * p, function(p) q, 0, min(1, 1 / q)); p1 <- q * p2
    (r[1] / r[2] - q * r[3] / r[4])^2 - z^2 * (p1 * (1 - p1) / r[2] + q^2 * p2 * (1 - p2) / r[4]) * (if (factor) n / (n - 1) else 1)
  }
  start <- log((r[1] / r[2]) / (r[3] / r[4]))
  exp(c(outward(excess, start, -0.5), outward(excess, start, 0.5)))
}
mn_odds <- function(r, factor = TRUE) {
  n <- r[2] + r[4]
  excess <- function(log_ratio) {
    q <- exp(log_ratio); f <- function(p) q * p / (1 - p + q * p); df <- function(p) q / (1 - p + q * p)^2
    p2 <- constrained(r[1], r[2], r[3], r[4], f, df, 0, 1); p1 <- f(p2)
    u <- (r[1] / r[2] - p1) / (p1 * (1 - p1)) - (r[3] / r[4] - p2) / (p2 * (1 - p2))
    u^2 - z^2 * (1 / (r[2] * p1 * (1 - p1)) + 1 / (r[4] * p2 * (1 - p2))) * (if (factor) n / (n - 1) else 1)
  }
  start <- log(r[1] * (r[4] - r[3]) / (r[3] * (r[2] - r[1])))
  exp(c(outward(excess, start, -0.5), outward(excess, start, 0.5)))
}
wilson <- function(x, n, z) { s <- n + z^2; m <- (x + z^2 / 2) / s; h <- z / s * sqrt(x * (n - x) / n + z^2 / 4); c(m - h, m + h) }

PAIRS <- c("56/70 48/80", "9/10 3/10", "6/7 2/7", "5/56 0/29", "0/10 0/20", "0/10 0/10", "10/10 0/20", "10/10 0/10", "3/4 1/4", "3/4 0/3", "3/4 2/4", "20/20 10/10", "1/1 0/1", "400/1000 390/1200")
for (data in PAIRS) {
  r <- fourfold(data)[1, ]; x <- r[c(1, 3)]; n <- r[c(2, 4)]; p <- x / n; d <- p[1] - p[2]
  add("difference", data, "ci='miettinen_nurminen'", c(estimate = d, ci(mn_difference(rbind(r)))), "score equations, N/(N-1), uniroot")
  add("difference", data, "ci='mee'", ci(mn_difference(rbind(r), FALSE)), "score equations, uniroot")
  w <- rbind(suppressWarnings(prop.test(x[1], n[1], correct = FALSE))$conf.int, suppressWarnings(prop.test(x[2], n[2], correct = FALSE))$conf.int)
  add("difference", data, "ci='newcombe'", ci(c(d - sqrt((p[1] - w[1, 1])^2 + (w[2, 2] - p[2])^2), d + sqrt((w[1, 2] - p[1])^2 + (p[2] - w[2, 1])^2))), "prop.test(correct = FALSE) of each group, Newcombe's method 10")
  if (all(abs(x - n / 2) >= 0.5)) {
    w <- rbind(suppressWarnings(prop.test(x[1], n[1]))$conf.int, suppressWarnings(prop.test(x[2], n[2]))$conf.int)
    add("difference", data, "ci='newcombe_cc'", ci(c(max(-1, d - sqrt((p[1] - w[1, 1])^2 + (w[2, 2] - p[2])^2)), min(1, d + sqrt((w[1, 2] - p[1])^2 + (p[2] - w[2, 1])^2)))), "prop.test() of each group, Newcombe's method 11")
  }
  add("difference", data, "ci='wald'", ci(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int), "prop.test(x, n, correct = FALSE)")
  if (abs(d) / sum(1 / n) >= 0.5) add("difference", data, "ci='wald_cc'", ci(suppressWarnings(prop.test(x, n))$conf.int), "prop.test(x, n)")
  q <- (x + 1) / (n + 2); half <- z * sqrt(sum(q * (1 - q) / (n + 2)))
  add("difference", data, "ci='agresti_caffo'", ci(c(max(-1, q[1] - q[2] - half), min(1, q[1] - q[2] + half))), "formula of Agresti and Caffo")
  if (min(n) > 1) {
    half <- z * sqrt(sum(p * (1 - p) / (n - 1))) + 1 / (2 * min(n))
    add("difference", data, "ci='hauck_anderson'", ci(c(max(-1, d - half), min(1, d + half))), "formula of Hauck and Anderson")
  }
  table <- matrix(c(x, n - x), 2)
  test <- fisher.test(table)
  add("fisher", data, "", c(p_value = test$p.value, p_less = fisher.test(table, alternative = "less")$p.value, p_greater = fisher.test(table, alternative = "greater")$p.value), "fisher.test(matrix(c(x, n - x), 2))")
  if (sum(x) > 0 && sum(x) < sum(n)) {
    add("chi_square", data, "", c(statistic = unname(suppressWarnings(chisq.test(table, correct = FALSE))$statistic), p_value = suppressWarnings(chisq.test(table, correct = FALSE))$p.value), "chisq.test(correct = FALSE)")
    add("chi_square", data, "correction='yates'", c(statistic = unname(suppressWarnings(chisq.test(table))$statistic), p_value = suppressWarnings(chisq.test(table))$p.value), "chisq.test()")
  }
  if (all(x > 0)) {
    rr <- p[1] / p[2]; half <- z * sqrt(sum(1 / x - 1 / n))
    add("relative_risk", data, "ci='log'", c(estimate = rr, ci(exp(log(rr) + c(-1, 1) * half))), "exp(log(rr) + c(-1, 1) * z * sqrt(sum(1 / x - 1 / n)))")
    if (any(x < n)) {
      add("relative_risk", data, "ci='miettinen_nurminen'", ci(mn_ratio(r)), "score equations, N/(N-1), uniroot")
      add("relative_risk", data, "ci='koopman'", ci(mn_ratio(r, FALSE)), "score equations, uniroot")
    }
  }
  if (all(x > 0) && all(x < n)) {
    or <- x[1] * (n[2] - x[2]) / (x[2] * (n[1] - x[1])); half <- z * sqrt(sum(1 / x + 1 / (n - x)))
    add("odds_ratio", data, "ci='log'", c(estimate = or, ci(exp(log(or) + c(-1, 1) * half))), "exp(log(or) + c(-1, 1) * z * sqrt(sum(1 / x, 1 / (n - x))))")
    add("odds_ratio", data, "ci='miettinen_nurminen'", ci(mn_odds(r)), "score equations, N/(N-1), uniroot")
    add("odds_ratio", data, "ci='cornfield'", ci(mn_odds(r, FALSE)), "score equations, uniroot")
    # fisher.test() solves these equations to four digits only.
    cells <- max(0, sum(x) - n[2]):min(n[1], sum(x))
    prob <- function(t) { w <- dhyper(cells, n[1], n[2], sum(x), log = TRUE) + cells * t; w <- exp(w - max(w)); w / sum(w) }
    solve_for <- function(f) exp(uniroot(f, c(-60, 60), tol = 1e-15, maxiter = 10000)$root)
    limits <- c(solve_for(function(t) sum(prob(t)[cells >= x[1]]) - 0.025), solve_for(function(t) 0.025 - sum(prob(t)[cells <= x[1]])))
    add("odds_ratio", data, "ci='exact'", c(estimate_conditional = solve_for(function(t) sum(prob(t) * cells) - x[1]), ci(limits)), "equations of fisher.test, uniroot(tol = 1e-15)")
    stopifnot(max(abs(limits / test$conf.int - 1)) < 2e-2)
  }
}

# --- strata --------------------------------------------------------------------------------------------------
as_text <- function(tab) paste(apply(tab, 1, function(r) sprintf("%g/%g %g/%g", r[1], r[2], r[3], r[4])), collapse = "; ")
ucb <- t(apply(UCBAdmissions, 3, function(t) c(t[1, 1], sum(t[, 1]), t[1, 2], sum(t[, 2]))))
STRATA <- c(as_text(ucb), "4/8 8/12; 8/15 6/11; 11/20 9/19", "3/4 1/4; 0/3 0/2; 5/5 2/6", "9/10 3/10; 5/56 0/29", "12/30 8/30; 15/35 10/35; 9/23 6/27", "1/1 0/1; 1/2 1/1; 0/1 1/3; 2/2 0/1")
# Data made as in the examples and tests of R's package tern, whose results were compared with SAS there.
set.seed(1)
rsp <- c(sample(c(TRUE, FALSE), size = 40, prob = c(3 / 4, 1 / 4), replace = TRUE), sample(c(TRUE, FALSE), size = 40, prob = c(1 / 2, 1 / 2), replace = TRUE))
grp <- factor(rep(c("A", "B"), each = 40), levels = c("B", "A"))
strata <- interaction(data.frame(f1 = sample(c("a", "b"), 80, TRUE), f2 = sample(c("x", "y", "z"), 80, TRUE), stringsAsFactors = TRUE))
counted <- function(rsp, grp, strata) t(sapply(levels(strata), function(s) { a <- strata == s & grp == levels(grp)[2]; b <- strata == s & grp == levels(grp)[1]; c(sum(rsp[a]), sum(a), sum(rsp[b]), sum(b)) }))
tern1 <- as_text(counted(rsp, grp, strata))
set.seed(2)
rsp <- sample(c(TRUE, FALSE), 100, TRUE); grp <- factor(sample(c("Placebo", "Treatment"), 100, TRUE), levels = c("Placebo", "Treatment"))
strata <- interaction(data.frame(f1 = sample(c("a", "b"), 100, TRUE), f2 = sample(c("x", "y", "z"), 100, TRUE), stringsAsFactors = TRUE))
tern2 <- as_text(counted(rsp, grp, strata))
if (nzchar(Sys.getenv("SHOW"))) message(tern1, "\n", tern2)
for (data in c(STRATA, tern1, tern2)) {
  tab <- fourfold(data)
  add("difference", data, "ci='miettinen_nurminen'", ci(mn_difference(tab)), "score equations with Mantel-Haenszel weights, N/(N-1), uniroot")
  rd <- metafor::rma.mh(ai = tab[, 1], n1i = tab[, 2], ci = tab[, 3], n2i = tab[, 4], measure = "RD", drop00 = FALSE)
  add("difference", data, "ci='mantel_haenszel'", c(estimate = c(rd$beta), std_error = rd$se, ci(c(max(-1, rd$ci.lb), min(1, rd$ci.ub)))), "metafor::rma.mh(measure = \"RD\")")
  w <- tab[, 2] * tab[, 4] / (tab[, 2] + tab[, 4]); w <- w / sum(w)
  p1 <- tab[, 1] / tab[, 2]; p2 <- tab[, 3] / tab[, 4]; d <- sum(w * (p1 - p2)); se <- sqrt(sum(w^2 * (p1 * (1 - p1) / tab[, 2] + p2 * (1 - p2) / tab[, 4])))
  add("difference", data, "ci='wald'", c(std_error = se, ci(c(max(-1, d - z * se), min(1, d + z * se)))), "weighted sum of p * (1 - p) / n")
  stratified <- function(x, n) { v <- x / n * (1 - x / n) / n; if (all(v == 0)) v <- 1 / n; zs <- z * sqrt(sum(w^2 * v)) / sum(w * sqrt(v)); rowSums(sapply(seq_along(x), function(i) w[i] * wilson(x[i], n[i], zs))) }
  one <- stratified(tab[, 1], tab[, 2]); other <- stratified(tab[, 3], tab[, 4])
  l1 <- sum(w^2 / tab[, 2]); l2 <- sum(w^2 / tab[, 4])
  add("difference", data, "ci='newcombe'", ci(c(d - z * sqrt(l1 * one[1] * (1 - one[1]) + l2 * other[2] * (1 - other[2])), d + z * sqrt(l1 * one[2] * (1 - one[2]) + l2 * other[1] * (1 - other[1])))), "formulas of Yan and Su")
  rr <- metafor::rma.mh(ai = tab[, 1], n1i = tab[, 2], ci = tab[, 3], n2i = tab[, 4], measure = "RR")
  add("relative_risk", data, "ci='log'", c(estimate = exp(c(rr$beta)), ci(exp(c(rr$ci.lb, rr$ci.ub)))), "metafor::rma.mh(measure = \"RR\")")
  or <- metafor::rma.mh(ai = tab[, 1], n1i = tab[, 2], ci = tab[, 3], n2i = tab[, 4], measure = "OR", correct = FALSE)
  add("odds_ratio", data, "ci='log'", c(estimate = exp(c(or$beta)), ci(exp(c(or$ci.lb, or$ci.ub)))), "metafor::rma.mh(measure = \"OR\")")
  cube <- array(apply(tab, 1, function(r) c(r[1], r[2] - r[1], r[3], r[4] - r[3])), c(2, 2, nrow(tab)))
  for (correct in c(FALSE, TRUE)) {
    test <- mantelhaen.test(cube, correct = correct)
    add("cmh", data, sprintf("correct=%s", if (correct) "True" else "False"), c(statistic = unname(test$statistic), p_value = test$p.value), sprintf("mantelhaen.test(correct = %s)", correct))
  }
  values <- c(estimate = exp(c(or$beta)), ci(exp(c(or$ci.lb, or$ci.ub))), breslow_day = or$BD, breslow_day_p = or$BDp, tarone = or$TA, tarone_p = or$TAp)
  add("cmh", data, "correct=False", values[!is.na(values)], "metafor::rma.mh(measure = \"OR\")")
}

# --- tables of groups by levels ------------------------------------------------------------------------------
cube_of <- function(text) { s <- lapply(parts(text, ";"), function(t) do.call(rbind, two(t))); array(unlist(s), c(dim(s[[1]]), length(s))) }
for (data in c("10 20 5 7 8 | 30 12 9 2 14", "4 2 7 1 | 9 3 6 6 | 2 8 5 5", "3 0 1 | 0 3 1", "1 2 1 0 | 3 3 6 1 | 10 10 14 9 | 6 7 12 11", "90 60 30 15 5 | 70 72 33 20 8", "5 5 | 1 9 | 3 7", "14 9 7 3 | 11 10 8 4 | 9 13 7 5")) {
  t <- cube_of(data)[, , 1]
  add("fisher_table", data, "", c(p_value = fisher.test(t, workspace = 2e9)$p.value), "fisher.test(workspace = 2e9)")
  test <- suppressWarnings(chisq.test(t, correct = FALSE))
  add("chi_square_table", data, "", c(statistic = unname(test$statistic), parameter = unname(test$parameter), p_value = test$p.value), "chisq.test(correct = FALSE)")
}
tables3 <- c("10 20 5 7 8 | 30 12 9 2 14", "4 2 7 1 | 9 3 6 6 | 2 8 5 5; 1 3 0 4 | 2 2 5 1 | 3 1 1 6", "6 4 2 | 3 5 7; 8 1 1 | 5 5 5; 2 2 9 | 4 4 4", "0 4 1 | 3 2 2; 5 1 1 | 2 6 0")
for (data in tables3) {
  cube <- cube_of(data)
  dimnames(cube) <- list(g = seq_len(dim(cube)[1]), y = seq_len(dim(cube)[2]), s = seq_len(dim(cube)[3]))
  t <- (if (dim(cube)[3] == 1) CMHtest(as.table(cube[, , 1])) else CMHtest(as.table(cube), overall = TRUE)$ALL)$table
  add("cmh_table", data, "scores='table'", c(correlation_statistic = t["cor", "Chisq"], row_means_statistic = t["rmeans", "Chisq"], row_means_parameter = t["rmeans", "Df"], general_statistic = t["general", "Chisq"], general_parameter = t["general", "Df"], general_p = t["general", "Prob"]), "vcdExtra::CMHtest()")
  if (dim(cube)[3] > 1) { test <- mantelhaen.test(cube); add("cmh_table", data, "", c(general_statistic = unname(test$statistic), general_p = test$p.value), "mantelhaen.test()") }
  # Scores are those of the stratum, as in PROC FREQ; CMHtest() takes them from the table over all strata.
  d <- as.data.frame(as.table(cube)); d <- d[rep(seq_len(nrow(d)), d$Freq), ]
  for (scores in c("rank", "ridit", "modified_ridit")) {
    divisor <- function(v) switch(scores, rank = 1, ridit = length(v), modified_ridit = length(v) + 1)
    score <- function(v) ave(as.numeric(v), d$s, FUN = function(v) rank(v) / divisor(v))
    d$ys <- score(d$y); d$gs <- score(d$g)
    by <- function(f) unname(statistic(independence_test(f, data = d, teststat = "quadratic")))
    means <- if (dim(cube)[3] > 1) by(ys ~ g | s) else by(ys ~ g)
    correlation <- if (dim(cube)[3] > 1) by(ys ~ gs | s) else by(ys ~ gs)
    add("cmh_table", data, sprintf("scores='%s'", scores), c(correlation_statistic = correlation, row_means_statistic = means), "coin::independence_test(score ~ group | stratum, teststat = \"quadratic\")")
  }
}
# A level that one stratum lacks: CMHtest() gives up on that stratum, mantelhaen.test() does not.
for (data in c("0 4 1 | 3 2 2; 5 1 0 | 2 6 0", "4 2 1 | 9 3 2 | 2 8 5; 1 3 0 | 2 2 0 | 3 1 0")) {
  test <- mantelhaen.test(cube_of(data))
  add("cmh_table", data, "", c(general_statistic = unname(test$statistic), general_p = test$p.value), "mantelhaen.test()")
}

# --- events in subjects --------------------------------------------------------------------------------------
# "2/3 0/1": subjects with their events that meet the condition and their events.
for (data in c("1/1 1/1 1/1 0/1 | 1/2 0/1 0/1", "2/3 0/1 1/4 5/5 0/2 | 1/2 2/2 0/6 1/1", "1/2 1/2 2/4 | 0/3 1/3")) {
  arms <- lapply(parts(data, "|"), function(t) { m <- sapply(strsplit(numbers_text <- strsplit(t, " +")[[1]], "/"), as.numeric); data.frame(y = m[1, ], m = m[2, ], id = seq_len(ncol(m))) })
  both <- lapply(arms, function(a) svyratio(~y, ~m, svydesign(ids = ~id, data = a, weights = ~1)))
  se <- sapply(both, function(r) c(SE(r))); est <- sapply(both, function(r) c(coef(r)))
  df <- sum(sapply(arms, nrow)) - 2; d <- est[1] - est[2]; error <- sqrt(sum(se^2))
  add("cluster_difference", data, "", c(estimate1 = est[1], std_error1 = se[1], estimate2 = est[2], std_error2 = se[2], std_error = error, p_value = 2 * pt(-abs(d / error), df), ci(c(max(-1, d - qt(0.975, df) * error), min(1, d + qt(0.975, df) * error)))), "survey::svyratio(~y, ~m, svydesign(ids = ~id)) of each group")
  add("cluster_difference", data, "ci='normal'", c(p_value = 2 * pnorm(-abs(d / error)), ci(c(max(-1, d - z * error), min(1, d + z * error)))), "survey::svyratio(~y, ~m, svydesign(ids = ~id)) of each group")
}

# --- ranks ---------------------------------------------------------------------------------------------------
hw <- "0.80 0.83 1.89 1.04 1.45 1.38 1.91 1.64 0.73 1.46 | 1.15 0.88 0.90 0.74 1.21"
react <- "3.27 3.27 3.27 3.70 3.70 3.74 | 1.94 1.94 2.92 2.92 2.92 2.92 3.27 3.27 3.27 3.27 3.70 3.70 3.74"
chicken <- "1.83 0.50 1.62 2.48 1.68 1.88 1.55 3.06 1.30 | 0.878 0.647 0.598 2.05 1.06 1.29 1.06 3.14 1.29"
dose <- "1410 1960 750 1065 | 1370 3225 1400"; days <- "33 49 15 17 | 41 12 56"
set.seed(5); many <- paste(paste(sprintf("%.4f", rnorm(60)), collapse = " "), "|", paste(sprintf("%.4f", rnorm(70, 0.4)), collapse = " "))
untied <- c(hw, dose, days, "1 2 3 | 4 5 6", "5 | 7", "3.1 8.2 4.7 9.9 12.5 | 2.2 6.6")
tied <- c(react, chicken, "1 1 2 2 3 | 2 3 3 3 4 4", "0 0 0 1 | 0 0 2 5 9 9", "1 1 1 2 | 1 1 1 1 1 9")
for (data in c(untied, tied, many)) {
  s <- two(data); y <- unlist(s); g <- factor(rep(c("a", "b"), lengths(s)))
  if (data %in% untied) {
    test <- wilcox.test(s[[1]], s[[2]], exact = TRUE, conf.int = TRUE)
    add("wilcoxon", data, "", c(statistic = unname(test$statistic), p_value = test$p.value), "wilcox.test(exact = TRUE)")
    add("hodges_lehmann", data, "", c(estimate = unname(test$estimate), ci(suppressWarnings(test$conf.int))), "wilcox.test(exact = TRUE, conf.int = TRUE)")
    test <- suppressWarnings(wilcox.test(s[[1]], s[[2]], exact = TRUE, conf.int = TRUE, conf.level = 0.8))
    add("hodges_lehmann", data, "ci='exact', level=0.8", ci(test$conf.int), "wilcox.test(exact = TRUE, conf.int = TRUE, conf.level = 0.8)")
  }
  if (data != many) {
    test <- wilcox_test(y ~ g, distribution = "exact")
    add("wilcoxon", data, "test='exact'", c(p_value = as.numeric(pvalue(test)), z = unname(statistic(test))), "coin::wilcox_test(distribution = \"exact\")")
    if (data %in% tied) add("wilcoxon", data, "test='exact'", c(p_value = suppressWarnings(exactRankTests::wilcox.exact(s[[1]], s[[2]])$p.value)), "exactRankTests::wilcox.exact()")
  }
  for (correct in c(TRUE, FALSE)) {
    test <- suppressWarnings(wilcox.test(s[[1]], s[[2]], exact = FALSE, correct = correct))
    add("wilcoxon", data, sprintf("test='normal', correct=%s", if (correct) "True" else "False"), c(statistic = unname(test$statistic), p_value = test$p.value), sprintf("wilcox.test(exact = FALSE, correct = %s)", correct))
  }
  test <- kruskal.test(y, g)
  add("kruskal_wallis", data, "", c(statistic = unname(test$statistic), p_value = test$p.value), "kruskal.test()")
}
for (data in c("1 1 2 2 3 | 2 3 3 3 4 4 | 5 5 1 0", "1.5 2.5 | 3.5 0.5 9 | 2 7 8 8")) {
  s <- two(data); test <- kruskal.test(s)
  add("kruskal_wallis", data, "", c(statistic = unname(test$statistic), parameter = unname(test$parameter), p_value = test$p.value), "kruskal.test()")
}
for (data in c("1 4 6 | 2 2 9 9; 3 3 5 7 | 1 3 4", "0.80 0.83 1.89 | 1.15 0.88; 1.04 1.45 | 1.38 1.91 1.64 2.2; 5 | 4 6", "1 2 2 3 | 2 2 4 4 5")) {
  y <- c(); g <- c(); b <- c(); a <- c()
  for (i in seq_along(parts(data, ";"))) { s <- two(parts(data, ";")[i]); v <- unlist(s); y <- c(y, v); g <- c(g, rep(1:2, lengths(s))); b <- c(b, rep(i, length(v))); a <- c(a, rank(v) / (length(v) + 1)) }
  test <- if (max(b) > 1) independence_test(a ~ factor(g) | factor(b), teststat = "quadratic") else independence_test(a ~ factor(g), teststat = "quadratic")
  add("van_elteren", data, "", c(statistic = unname(statistic(test)), p_value = as.numeric(pvalue(test))), "coin::independence_test(rank / (n + 1) ~ group | stratum, teststat = \"quadratic\")")
}

# --- means and percentiles -----------------------------------------------------------------------------------
set.seed(11); sample30 <- paste(sprintf("%.3f", rexp(29, 0.1)), collapse = " ")
for (data in c("1410 1960 750 1065", "1370 3225 1400", sample30, "5 5 5", "1 2 3 4 5 6 7 8 9 10", "2.5 7.5")) {
  v <- numbers(data); n <- length(v)
  test <- if (sd(v) > 0) t.test(v) else list(conf.int = c(v[1], v[1]))
  values <- c(n = n, mean = mean(v), sd = sd(v), se = sd(v) / sqrt(n), cv = 100 * sd(v) / mean(v), ci(test$conf.int))
  if (n > 2 && sd(v) > 0) values <- c(values, skewness = e1071::skewness(v, type = 2))
  add("summary", data, "", values, "mean, sd, t.test, e1071::skewness(type = 2)")
  for (type in 1:9) {
    q <- quantile(v, c(0.25, 0.5, 0.75), type = type, names = FALSE)
    add("summary", data, sprintf("quartiles='type%d'", type), c(q1 = q[1], median = q[2], q3 = q[3]), sprintf("quantile(type = %d)", type))
    for (percent in c(0, 2.5, 5, 10, 29, 57, 90, 95, 100)) {
      add("percentiles", data, sprintf("at=(%g,), definition='type%d'", percent, type), c(percentile = quantile(v, percent / 100, type = type, names = FALSE)), sprintf("quantile(type = %d)", type))
    }
  }
  s <- sd(log(v))
  add("geometric_mean", data, "", c(estimate = exp(mean(log(v))), geo_sd = exp(s), geo_cv = 100 * sqrt(exp(s^2) - 1), ci(if (s > 0) exp(t.test(log(v))$conf.int) else c(v[1], v[1]))), "exp(t.test(log(v)))")
  if (sd(v) > 0) add("one_sample_t_test", data, "mu=3.0", { t <- t.test(v, mu = 3); c(estimate = unname(t$estimate), statistic = unname(t$statistic), parameter = unname(t$parameter), p_value = t$p.value, ci(t$conf.int)) }, "t.test(v, mu = 3)")
}
for (data in c(hw, chicken, dose, "1 2 | 9 9 9", "1 2 | 5 8")) {
  s <- two(data)
  for (equal in c(TRUE, FALSE)) {
    t <- t.test(s[[1]], s[[2]], var.equal = equal)
    add("t_test", data, sprintf("variances='%s'", if (equal) "equal" else "unequal"), c(estimate = unname(t$estimate[1] - t$estimate[2]), std_error = t$stderr, statistic = unname(t$statistic), parameter = unname(t$parameter), p_value = t$p.value, ci(t$conf.int)), sprintf("t.test(var.equal = %s)", equal))
  }
}
for (data in c("1.83 0.50 1.62 2.48 1.68 1.88 1.55 3.06 1.30 | 0.878 0.647 0.598 2.05 1.06 1.29 1.06 3.14 1.29")) {
  s <- two(data); t <- t.test(s[[1]], s[[2]], paired = TRUE)
  add("paired_t_test", data, "", c(estimate = unname(t$estimate), statistic = unname(t$statistic), parameter = unname(t$parameter), p_value = t$p.value, ci(t$conf.int)), "t.test(paired = TRUE)")
}

# --- rates ---------------------------------------------------------------------------------------------------
for (data in c("5/12.5", "0/3.5", "137/24.19893", "1/100")) {
  x <- as.numeric(strsplit(data, "/")[[1]])
  test <- poisson.test(x[1], x[2])
  add("incidence_rate", data, "per=1.0", c(estimate = x[1] / x[2], ci(test$conf.int)), "poisson.test(x, T)")
  add("incidence_rate", data, "per=100.0, level=0.9", ci(100 * poisson.test(x[1], x[2], conf.level = 0.9)$conf.int), "100 * poisson.test(x, T, conf.level = 0.9)")
}
mn_rates <- function(r) {
  d <- r[1] / r[2] - r[3] / r[4]
  excess <- function(delta) {
    slope <- function(l2) r[1] / (l2 + delta) - r[2] + r[3] / l2 - r[4]
    low <- max(0, -delta); near <- low + 1e-14
    l2 <- if (slope(near) <= 0) low else uniroot(slope, c(near, low + (r[1] + r[3]) / min(r[2], r[4]) + 1), tol = 1e-16, maxiter = 10000)$root
    (d - delta)^2 - z^2 * ((l2 + delta) / r[2] + l2 / r[4])
  }
  c(outward(excess, d, -0.5), outward(excess, d, 0.5))
}
for (data in c("11/800 23/3011", "4/2 1/1", "0/10 3/12", "7/5.5 0/9", "20/15 20/15", "0/4 0/7")) {
  r <- fourfold(data)[1, ]
  add("rate_difference", data, "per=1.0", c(estimate = r[1] / r[2] - r[3] / r[4], ci(mn_rates(r))), "score equations of Miettinen and Nurminen for rates, uniroot")
  half <- z * sqrt(r[1] / r[2]^2 + r[3] / r[4]^2)
  add("rate_difference", data, "per=1.0, ci='wald'", ci(r[1] / r[2] - r[3] / r[4] + c(-1, 1) * half), "d + c(-1, 1) * z * sqrt(sum(x / T^2))")
  if (r[1] + r[3] > 0) {
    test <- poisson.test(r[c(1, 3)], r[c(2, 4)])
    values <- c(p_value = test$p.value, ci(test$conf.int))
    add("rate_ratio", data, "per=1.0", values[is.finite(values)], "poisson.test(x, T)")
    w <- wilson(r[1], r[1] + r[3], z); w <- w / (1 - w) * r[4] / r[2]
    if (r[1] > 0 && r[3] > 0) {
      add("rate_ratio", data, "per=1.0, ci='score'", ci(w), "Wilson limits of x1 / (x1 + x2), as ratio")
      add("rate_ratio", data, "per=1.0, ci='log'", c(estimate = unname(test$estimate), ci(exp(log(unname(test$estimate)) + c(-1, 1) * z * sqrt(1 / r[1] + 1 / r[3])))), "exp(log(ratio) + c(-1, 1) * z * sqrt(1 / x1 + 1 / x2))")
    }
  }
}

table <- as.data.frame(do.call(rbind, rows))
names(table) <- c("statistic", "data", "options", "name", "value", "source")
table <- table[!duplicated(table[, 1:4]) | table$source == "exactRankTests::wilcox.exact()" | table$source == "mantelhaen.test()", ]
write.csv(table, row.names = FALSE)
