# Rscript survival_oracle.R FOLDER CALLS ANSWERS
# Evaluates each expression of CALLS (call, expression) on each FOLDER/case_N.csv and writes ANSWERS (case, call,
# values). Needs survival and cmprsk (Debian: r-cran-survival, r-cran-cmprsk). Written with R 4.2.2, survival
# 3.5-3, cmprsk 2.2-11.
suppressMessages({ library(survival); library(cmprsk) })
args <- commandArgs(TRUE)
tight <- coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15)

cx <- function(formula, ...) {
  f <- coxph(formula, control = tight, ...)
  c(coef(f), sqrt(diag(f$var)), f$loglik, f$score)
}
rb <- function(f) {
  c(coef(f), sqrt(diag(f$var)), sqrt(diag(f$naive.var)), f$wald.test, f$rscore)
}
# Limits of the profile of the coefficient of x beside z: the offset fixes it.
pf <- function(ties, formula = S ~ z, ...) {
  f <- coxph(update(formula, . ~ x + .), ties = ties, control = tight, ...)
  b <- coef(f)[["x"]]; s <- sqrt(f$var[1, 1]); least <- f$loglik[2] - qchisq(0.95, 1) / 2
  gap <- function(v) {
    o <<- v * x
    tail(coxph(update(formula, . ~ . + offset(o)), ties = ties, control = tight)$loglik, 1) - least
  }
  far <- function(way) { w <- s; while (gap(b + way * w) > 0 && w < 50) w <- 2 * w; b + way * w }
  c(uniroot(gap, c(far(-1), b), tol = 1e-12)$root, uniroot(gap, c(b, far(1)), tol = 1e-12)$root)
}
# Weighted log-rank by its definition, for the weights that survdiff does not have: fun(n, S before, Peto's S).
wl <- function(fun, strata = rep(0, length(time))) {
  u <- 0; v <- 0
  for (s in unique(strata)) {
    here <- strata == s; before <- 1; peto <- 1
    for (t in sort(unique(time[here & status == 1]))) {
      n <- sum(here & time >= t); n1 <- sum(here & time >= t & x == 1)
      d <- sum(here & time == t & status == 1); d1 <- sum(here & time == t & status == 1 & x == 1)
      peto <- peto * (1 - d / (n + 1))
      w <- fun(n, before, peto)
      u <- u + w * (d1 - d * n1 / n)
      if (n > 1) v <- v + w^2 * d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1)
      before <- before * (1 - d / n)
    }
  }
  u^2 / v
}
km <- function(type) {
  f <- survfit(S ~ 1, conf.type = type)
  s <- summary(f, times = moments, extend = TRUE)
  q <- quantile(f, c(0.1, 0.25, 0.5, 0.75, 0.9))
  c(s$lower, s$upper, summary(f)$table[7:9], q$quantile, q$lower, q$upper)
}
ci <- function() {
  f <- summary(survfit(Surv(time, factor(cause, 0:2)) ~ 1, conf.type = "log-log"), times = c(1, 2, 5), extend = TRUE)
  a <- timepoints(cuminc(time, cause), c(1, 2, 5))
  c(f$pstate[, 2], f$std.err[, 2], f$lower[, 2], f$upper[, 2], a$var[1, ])
}

moments <- c(1, 2, 5, 9, 30)
calls <- read.csv(args[2], stringsAsFactors = FALSE)
answers <- list()
for (number in seq_along(list.files(args[1], "^case_"))) {
  d <- read.csv(file.path(args[1], paste0("case_", number, ".csv")))
  attach(d, warn.conflicts = FALSE)
  S <- Surv(time, status)
  o <- 0
  for (row in seq_len(nrow(calls))) {
    values <- suppressWarnings(tryCatch(eval(parse(text = calls$expression[row])), error = function(e) NaN))
    answers[[length(answers) + 1]] <- data.frame(
      case = number, call = calls$call[row],
      values = paste(sub("NA", "NaN", trimws(formatC(unname(values), digits = 11, format = "g"))), collapse = " ")
    )
  }
  detach(d)
}
write.csv(do.call(rbind, answers), args[3], row.names = FALSE, quote = FALSE)
