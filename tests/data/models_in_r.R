# Writes models_data.csv and models_in_r.csv: data sets made here from fixed seeds, and the linear models of them by R.
# Run in this folder, for some three minutes: Rscript models_in_r.R
# Needs the packages emmeans, nlme, numDeriv, lmerTest and pbkrtest (Debian: r-cran-...).
suppressPackageStartupMessages({library(emmeans); library(nlme); library(lmerTest)})
emm_options(cov.keep = character(0), msg.interaction = FALSE, msg.nesting = FALSE)
options(contrasts = c("contr.sum", "contr.poly"))
suppressWarnings(RNGversion("3.6.0"))
data <- list(); facts <- list()
keep <- function(case, d) {
  for (name in c("subject", "visit", "arm", "x1", "x2", "c1", "c2")) if (is.null(d[[name]])) d[[name]] <- NA
  data[[length(data) + 1]] <<- data.frame(case = case, d[c("subject", "visit", "arm", "y", "x1", "x2", "c1", "c2")])
}
add <- function(case, statistic, options, arm, visit, name, value, source)
  facts[[length(facts) + 1]] <<- data.frame(case, statistic, options, arm, visit, name,
                                            value = ifelse(is.na(value), "", sprintf("%.15g", value)), source)

# --- ancova -------------------------------------------------------------------------------------------------
made <- function(seed, n, arms = 3, scale = 1) {
  set.seed(seed)
  d <- data.frame(subject = seq_len(n), arm = sample(LETTERS[seq_len(arms)], n, TRUE, c(3, 2, 1)[seq_len(arms)]),
                  x1 = round(rnorm(n, 50, 10), 2), x2 = round(rexp(n), 3),
                  c1 = sample(c("p", "q", "r"), n, TRUE, c(5, 3, 2)), c2 = sample(c("u", "v"), n, TRUE))
  d$y <- round(scale * (10 + 0.3 * d$x1 + 2 * (d$arm == "B") + 5 * (d$c1 == "q") + d$x2 + rnorm(n, sd = 4)), 3)
  d
}
at <- function(s, column, i) if (is.null(s[[column]])) NA else s[[column]][i]
covariance <- function(case, d, model, options, margins = "equal", level = 0.95, terms = character(0), back = FALSE) {
  options <- paste(c(options, if (margins != "equal") "margins='observed'", if (level != 0.95) paste0("level=", level),
                     if (back) "scale='log'"), collapse = ", ")
  full <- d
  for (name in c("arm", "c1", "c2")) d[[name]] <- factor(d[[name]])
  # As the covariates are taken from their means over the records of the model, so are the tests of R.
  used <- complete.cases(model.frame(model, d, na.action = na.pass)); d <- droplevels(d[used, ])
  d$x1 <- d$x1 - mean(d$x1); d$x2 <- d$x2 - mean(d$x2)
  fit <- lm(model, d)
  source <- paste("lm, emmeans:", deparse1(model))
  # What is nested in R's eyes is averaged like everything else, as by LSMEANS of SAS.
  grid <- ref_grid(fit, at = list(x1 = 0, x2 = 0)); grid@model.info$nesting <- NULL
  e <- suppressWarnings(emmeans(grid, ~arm, weights = if (margins == "equal") "equal" else "proportional", level = level))
  s <- as.data.frame(summary(e, infer = TRUE, level = level))
  f <- if (back) exp else identity
  for (i in seq_len(nrow(s))) for (pair in list(c("lsmean", "emmean"), c("lsmean_se", "SE"), c("lsmean_low", "lower.CL"), c("lsmean_high", "upper.CL"), c("lsmean_df", "df")))
    add(case, "ancova", options, as.character(s$arm[i]), "", pair[1], if (pair[1] %in% c("lsmean", "lsmean_low", "lsmean_high")) f(at(s, pair[2], i)) else at(s, pair[2], i), source)
  s <- as.data.frame(summary(contrast(e, "trt.vs.ctrl", adjust = "none"), infer = TRUE, level = level))
  for (i in seq_len(nrow(s))) for (pair in list(c("estimate", "estimate"), c("std_error", "SE"), c("conf_low", "lower.CL"), c("conf_high", "upper.CL"), c("parameter", "df"), c("statistic", "t.ratio"), c("p_value", "p.value")))
    add(case, "ancova", options, sub(" - .*", "", s$contrast[i]), "", pair[1], if (pair[1] %in% c("estimate", "conf_low", "conf_high")) f(at(s, pair[2], i)) else at(s, pair[2], i), source)
  add(case, "ancova", options, "A", "", "sigma", summary(fit)$sigma, source)
  add(case, "ancova", options, "A", "", "df_residual", df.residual(fit), source)
  add(case, "ancova", options, "A", "", "n_model", nrow(d), source)
  add(case, "ancova", options, "A", "", "N_model_left_out", nrow(full) - nrow(d), source)
  if (!anyNA(coef(fit))) {
    t3 <- drop1(fit, . ~ ., test = "F")
    for (name in c("arm", terms)) {
      v <- if (name == "arm") "" else sub(":", "*", name)
      add(case, "ancova", options, "A", v, "f", t3[name, "F value"], "drop1, contr.sum, covariates from their means")
      add(case, "ancova", options, "A", v, "f_df1", t3[name, "Df"], "drop1, contr.sum, covariates from their means")
      add(case, "ancova", options, "A", v, "f_p", t3[name, "Pr(>F)"], "drop1, contr.sum, covariates from their means")
    }
  }
}
d <- made(1, 40); keep("a1", d)
covariance("a1", d, y ~ arm, "")
covariance("a1", d, y ~ arm + x1, "covariates=x1", terms = "x1")
covariance("a1", d, y ~ arm + c1 + x1 + x2, "covariates=(x1, x2), classes=c1", level = 0.9, terms = c("x1", "x2", "c1"))
covariance("a1", d, y ~ arm + c1 + c2 + x1, "covariates=x1, classes=(c1, c2)", "observed", terms = c("x1", "c1"))
covariance("a1", d, y ~ arm + x1 + arm:x1, "covariates=x1, interactions=arm*x1", terms = c("x1", "arm:x1"))
covariance("a1", d, log(y) ~ arm + x1, "covariates=x1", level = 0.9, back = TRUE)
d <- made(2, 60); d$y[c(3, 17)] <- NA; d$x1[c(5, 8)] <- NA; d$c1[c(9, 17)] <- NA; keep("a2", d)
covariance("a2", d, y ~ arm + c1 + x1, "covariates=x1, classes=c1", terms = c("c1", "x1"))
covariance("a2", d, y ~ arm + c1 + x1 + arm:c1, "covariates=x1, classes=c1, interactions=arm*c1", terms = c("c1", "x1", "arm:c1"))
covariance("a2", d, y ~ arm + c1 + x1 + arm:c1, "covariates=x1, classes=c1, interactions=arm*c1", "observed", terms = "arm:c1")
covariance("a2", d, y ~ arm + c1 + c2 + c1:c2, "classes=(c1, c2), interactions=c1*c2", "observed", terms = "c1:c2")
# No record of arm C in class r: its LS mean over classes with an interaction is not estimable, without it it is.
d <- made(3, 50); d <- d[!(d$arm == "C" & d$c1 == "r"), ]; keep("a3", d)
covariance("a3", d, y ~ arm + c1 + x1 + arm:c1, "covariates=x1, classes=c1, interactions=arm*c1")
covariance("a3", d, y ~ arm + c1 + x1, "covariates=x1, classes=c1", terms = "c1")
# A class that says the same as another, a covariate that is a combination, an arm of one record.
d <- made(4, 30); d$c2 <- ifelse(d$c1 == "p", "u", "v"); d$x2 <- 3 * d$x1 - 7; d <- d[!(d$arm == "C" & duplicated(d$arm)), ]; keep("a4", d)
covariance("a4", d, y ~ arm + x1 + x2, "covariates=(x1, x2)")
covariance("a4", d, y ~ arm + c1 + c2, "classes=(c1, c2)")
d <- made(5, 25, 2, 1e6); keep("a5", d)
covariance("a5", d, y ~ arm + c1 + x1, "covariates=x1, classes=c1", terms = c("c1", "x1"))
for (seed in 11:20) {
  case <- paste0("a", seed); d <- made(seed, 20 + 3 * (seed - 10), 2 + seed %% 2); keep(case, d)
  covariance(case, d, y ~ arm + c2 + x1 + x2, "covariates=(x1, x2), classes=c2", if (seed %% 2) "equal" else "observed", terms = c("c2", "x2"))
}

# --- mmrm and crossover -------------------------------------------------------------------------------------
# The restricted likelihood with dense matrices, maximised here; Satterthwaite by numerical derivatives (as lmerTest),
# Kenward and Roger by the formulas of their paper. Held against gls() and, for compound symmetry, pbkrtest below.
lag <- function(q) abs(outer(seq_len(q), seq_len(q), "-"))
sigma_of <- list(
  un = function(t, q) { m <- matrix(0, q, q); m[lower.tri(m, TRUE)] <- t; m + t(m) - diag(diag(m), q) },
  toeph = function(t, q) outer(t[1:q], t[1:q]) * matrix(c(1, t[-(1:q)])[lag(q) + 1], q),
  arh1 = function(t, q) outer(t[1:q], t[1:q]) * t[q + 1]^lag(q),
  ar1 = function(t, q) t[1] * t[2]^lag(q),
  csh = function(t, q) outer(t[1:q], t[1:q]) * (diag(q) + t[q + 1] * (1 - diag(q))),
  cs = function(t, q) t[1] + diag(t[2], q))
start_of <- function(kind, v) {
  q <- length(v); s <- sqrt(v); m <- diag(v, q)
  switch(kind, un = m[lower.tri(m, TRUE)], toeph = c(s, rep(0.1, q - 1)), arh1 = c(s, 0.1), ar1 = c(mean(v), 0.1), csh = c(s, 0.1), cs = c(0.3, 0.7) * mean(v))
}
tr <- function(m) sum(diag(m))
reml <- function(d, y, X, kind) {
  visits <- levels(d$visit); q <- length(visits); of <- split(seq_along(y), d$subject); at <- as.integer(d$visit)
  V <- function(t) { s <- sigma_of[[kind]](t, q); m <- matrix(0, length(y), length(y)); for (i in of) m[i, i] <- s[at[i], at[i]]; m }
  phi <- function(t) solve(crossprod(X, solve(V(t), X)))
  deviance <- function(t) {
    s <- sigma_of[[kind]](t, q)
    if (min(eigen(s, TRUE, TRUE)$values) <= 1e-8) return(1e10)
    v <- V(t); a <- crossprod(X, solve(v, X)); b <- solve(a, crossprod(X, solve(v, y))); r <- y - X %*% b
    as.numeric(determinant(v)$modulus + determinant(a)$modulus + crossprod(r, solve(v, r)))
  }
  t <- start_of(kind, as.numeric(tapply(lm.fit(X, y)$residuals^2, d$visit, mean)))
  for (turn in 1:3) t <- nlminb(t, deviance, control = list(eval.max = 4000, iter.max = 2000, rel.tol = 1e-14, x.tol = 1e-12))$par
  for (turn in 1:3) { h <- numDeriv::hessian(deviance, t, method.args = list(d = 0.01, r = 4)); t <- t - solve(h, numDeriv::grad(deviance, t)) }
  h <- numDeriv::hessian(deviance, t, method.args = list(d = 0.01, r = 4)); v <- V(t); p <- phi(t); vi <- solve(v)
  k <- length(t); each <- lapply(seq_len(k), function(i) matrix(numDeriv::jacobian(function(u) as.numeric(V(u)), t)[, i], length(y)))
  proj <- vi - vi %*% X %*% p %*% t(X) %*% vi
  expected <- matrix(0, k, k)
  for (i in seq_len(k)) for (j in seq_len(k)) expected[i, j] <- tr(proj %*% each[[i]] %*% proj %*% each[[j]]) / 2
  observed <- h / 2
  if (kind %in% c("un", "cs")) {
    # Of these the second derivatives are known exactly (Harville 1977), where the numerical ones have fewer digits.
    r <- proj %*% y
    for (i in seq_len(k)) for (j in seq_len(k)) observed[i, j] <- as.numeric(t(r) %*% each[[i]] %*% proj %*% each[[j]] %*% r) - expected[i, j]
  }
  list(b = p %*% crossprod(X, vi %*% y), p = p, phi = phi, t = t, observed = solve(observed), expected = solve(expected),
       P = lapply(each, function(e) -t(X) %*% vi %*% e %*% vi %*% X),
       Q = lapply(each, function(e) lapply(each, function(g) t(X) %*% vi %*% e %*% vi %*% g %*% vi %*% X)), sigma = sigma_of[[kind]](t, q))
}
contrast_of <- function(f, L, df, information) {
  L <- matrix(L, ncol = ncol(f$p)); W <- f[[information]]; l <- nrow(L); est <- L %*% f$b
  if (df == "satterthwaite") {
    one <- function(c) { g <- numDeriv::grad(function(u) as.numeric(t(c) %*% f$phi(u) %*% c), f$t); 2 * as.numeric(t(c) %*% f$p %*% c)^2 / as.numeric(t(g) %*% W %*% g) }
    e <- eigen(L %*% f$p %*% t(L), TRUE)$vectors
    nu <- apply(e, 2, function(u) one(as.numeric(t(L) %*% u))); E <- sum((nu / (nu - 2))[nu > 2])
    df2 <- if (l == 1) nu else 2 * E / (E - l)
    return(list(est = est, se = sqrt(diag(L %*% f$p %*% t(L))), df = df2, f = as.numeric(t(est) %*% solve(L %*% f$p %*% t(L), est)) / l))
  }
  k <- length(f$t); lam <- 0; A1 <- 0; A2 <- 0; Th <- t(L) %*% solve(L %*% f$p %*% t(L)) %*% L
  for (i in 1:k) for (j in 1:k) {
    lam <- lam + W[i, j] * (f$Q[[i]][[j]] - f$P[[i]] %*% f$p %*% f$P[[j]])
    a <- Th %*% f$p %*% f$P[[i]] %*% f$p; b <- Th %*% f$p %*% f$P[[j]] %*% f$p
    A1 <- A1 + W[i, j] * tr(a) * tr(b); A2 <- A2 + W[i, j] * tr(a %*% b)
  }
  adj <- f$p + 2 * f$p %*% lam %*% f$p
  B <- (A1 + 6 * A2) / (2 * l); g <- ((l + 1) * A1 - (l + 4) * A2) / ((l + 2) * A2); dn <- 3 * l + 2 * (1 - g)
  E <- 1 / (1 - A2 / l); V <- 2 / l * (1 + g / dn * B) / ((1 - (l - g) / dn * B)^2 * (1 - (l + 2 - g) / dn * B))
  m <- 4 + (l + 2) / (l * V / (2 * E^2) - 1)
  list(est = est, se = sqrt(diag(L %*% adj %*% t(L))), df = m, f = m / (E * (m - 2)) * as.numeric(t(est) %*% solve(L %*% adj %*% t(L), est)) / l)
}
repeated <- function(seed, n, visits = 4, arms = 2, lost = 0.12) {
  set.seed(seed)
  s <- data.frame(subject = sprintf("%03d", seq_len(n)), arm = sample(LETTERS[seq_len(arms)], n, TRUE), x1 = round(rnorm(n, 30, 6), 2), c1 = sample(c("p", "q", "r"), n, TRUE, c(3, 2, 2)))
  d <- merge(s, data.frame(visit = paste0("V", seq_len(visits))))
  d <- d[order(d$subject, d$visit), ]; k <- as.integer(factor(d$visit))
  b <- rnorm(n, sd = 3); names(b) <- s$subject
  d$y <- round(20 + b[d$subject] + 0.4 * d$x1 + k * (d$arm == "B") + k + rnorm(nrow(d), sd = 1 + 0.7 * k), 3)
  gone <- sample(c(rep(99, 3), 2:visits), n, TRUE); names(gone) <- s$subject
  d[k < gone[d$subject] & runif(nrow(d)) > lost, ]
}
mixed <- function(case, d, model, options, kind = "un", df = "satterthwaite", information = "observed", margins = "equal", statistic = "mmrm", by = TRUE, back = FALSE, level = 0.95, terms = list()) {
  options <- paste(c(options, if (statistic == "mmrm" && kind != "un") sprintf("covariance='%s'", kind), if (df != "satterthwaite") sprintf("df='%s'", df),
                     if (information != "observed") sprintf("information='%s'", information), if (margins != "equal") "margins='observed'",
                     if (back) "scale='log'", if (level != 0.95) paste0("level=", level)), collapse = ", ")
  d <- d[complete.cases(model.frame(model, d, na.action = na.pass)), ]
  for (name in c("subject", "visit", "arm", "c1")) d[[name]] <- factor(d[[name]])
  if (is.null(d$x1)) d$x1 <- 0
  d$x1 <- d$x1 - mean(d$x1)
  ols <- lm(model, d); X <- model.matrix(ols); y <- model.response(model.frame(ols))
  f <- reml(d, y, X, kind)
  source <- paste("REML by nlminb, numDeriv:", deparse1(model))
  rows <- emmeans(ols, if (by) ~arm | visit else ~arm, weights = if (margins == "equal") "equal" else "proportional", at = list(x1 = 0))
  plain <- emmeans(ols, if (by) ~arm | visit else ~arm, at = list(x1 = 0))@linfct
  g <- rows@grid; if (!by) g$visit <- ""; t <- function(df) qt((1 + level) / 2, df); e <- if (back) exp else identity
  put <- function(arm, visit, name, value) add(case, statistic, options, arm, visit, name, value, source)
  for (visit in unique(as.character(g$visit))) {
    mine <- which(g$visit == visit)
    for (i in mine) {
      r <- contrast_of(f, rows@linfct[i, ], df, information); arm <- as.character(g$arm[i])
      put(arm, visit, "lsmean", e(r$est)); put(arm, visit, "lsmean_se", r$se); put(arm, visit, "lsmean_df", r$df)
      put(arm, visit, "lsmean_low", e(r$est - t(r$df) * r$se)); put(arm, visit, "lsmean_high", e(r$est + t(r$df) * r$se))
      if (i == mine[1]) next
      r <- contrast_of(f, rows@linfct[i, ] - rows@linfct[mine[1], ], df, information)
      put(arm, visit, "estimate", e(r$est)); put(arm, visit, "std_error", r$se); put(arm, visit, "parameter", r$df)
      put(arm, visit, "conf_low", e(r$est - t(r$df) * r$se)); put(arm, visit, "conf_high", e(r$est + t(r$df) * r$se))
      put(arm, visit, "p_value", 2 * pt(-abs(r$est / r$se), r$df))
    }
    # With several rows Satterthwaite's degrees of freedom depend on what they are: each level against the last.
    k <- mine[-length(mine)]; L <- plain[k, , drop = FALSE] - plain[rep(mine[length(mine)], length(k)), , drop = FALSE]
    r <- contrast_of(f, L, df, information)
    put("A", visit, "f", r$f); put("A", visit, "f_df2", r$df); put("A", visit, "f_p", pf(r$f, length(k), r$df, lower.tail = FALSE))
  }
  names <- attr(terms(ols), "term.labels"); assigned <- attr(X, "assign")
  for (term in terms) {
    M <- matrix(1)
    for (name in strsplit(term, ":")[[1]]) if (is.factor(d[[name]])) M <- kronecker(diag(nlevels(d[[name]]) - 1) + 1, M)
    r <- contrast_of(f, M %*% diag(ncol(X))[assigned == match(term, names), , drop = FALSE], df, information)
    put("A", gsub(":", "*", term), "f", r$f); put("A", gsub(":", "*", term), "f_df2", r$df)
  }
  f
}
base <- "visit=visit, covariates=x1"
full <- y ~ arm * visit + x1
d <- repeated(101, 26); keep("m1", d)
f <- mixed("m1", d, full, base, terms = c("x1", "visit", "arm:visit"))
# gls() finds the same estimates: a check of this script, with its own tolerance.
dd <- d; dd$visit <- factor(dd$visit); dd$arm <- factor(dd$arm); dd$x1 <- dd$x1 - mean(dd$x1)
g <- gls(full, dd, correlation = corSymm(form = ~as.integer(visit) | subject), weights = varIdent(form = ~1 | visit), control = glsControl(tolerance = 1e-10, msTol = 1e-12, msMaxIter = 500, maxIter = 500))
stopifnot(max(abs(coef(g) - f$b)) < 1e-4, max(abs(vcov(g) / f$p - 1)) < 1e-3)
. <- mixed("m1", d, full, base, df = "kenward_roger", terms = c("x1", "arm:visit"))
. <- mixed("m1", d, full, base, df = "kenward_roger", information = "expected", terms = c("arm:visit"))
. <- mixed("m1", d, full, base, information = "expected")
for (kind in c("toeph", "arh1", "ar1", "csh", "cs")) . <- mixed("m1", d, full, base, kind = kind, terms = "arm:visit")
f <- mixed("m1", d, full, base, kind = "cs", df = "kenward_roger", information = "expected", terms = c("arm:visit"))
m <- lme4::lmer(y ~ arm * visit + x1 + (1 | subject), dd, control = lme4::lmerControl(optCtrl = list(ftol_abs = 1e-14, xtol_abs = 1e-14)))
k <- pbkrtest::get_Lb_ddf(m, c(0, 1, rep(0, 7)))
stopifnot(abs(k - contrast_of(f, c(0, 1, rep(0, 7)), "kenward_roger", "expected")$df) < 1e-3)
. <- mixed("m1", d, full, base, by = FALSE)
d <- repeated(102, 45, 5, 3); d$x1[d$subject == "007"] <- NA; keep("m2", d)
. <- mixed("m2", d, y ~ arm * visit + c1 + x1 + visit:x1, "visit=visit, covariates=x1, classes=c1, interactions=visit*x1", terms = c("c1", "visit:x1", "arm:visit"))
. <- mixed("m2", d, y ~ arm * visit + c1 + x1 + visit:x1, "visit=visit, covariates=x1, classes=c1, interactions=visit*x1", df = "kenward_roger", margins = "observed", level = 0.9)
for (seed in 103:108) { case <- paste0("m", seed - 100); d <- repeated(seed, 22 + seed %% 7, 3, 2 + seed %% 2); keep(case, d); . <- mixed(case, d, full, base, df = if (seed %% 2) "kenward_roger" else "satterthwaite") }
cross <- function(seed, n, lost = 0) {
  set.seed(seed); s <- sample(rep(c("AB", "BA"), length.out = n))
  d <- data.frame(subject = rep(sprintf("%03d", seq_len(n)), each = 2), c1 = rep(s, each = 2), visit = rep(c("1", "2"), n))
  d$arm <- substr(d$c1, as.integer(d$visit), as.integer(d$visit))
  d$y <- round(exp(4 + rep(rnorm(n, sd = 0.4), each = 2) + 0.1 * (d$arm == "B") + rnorm(2 * n, sd = 0.2)), 2)
  d[runif(2 * n) >= lost, ]
}
for (seed in 201:203) {
  case <- paste0("c", seed - 200); d <- cross(seed, 14 + seed %% 5, if (seed == 201) 0 else 0.1); keep(case, d)
  for (df in c("satterthwaite", "kenward_roger"))
    . <- mixed(case, d, log(y) ~ arm + visit + c1, "period=visit, classes=c1", "cs", df, statistic = "crossover", by = FALSE, back = TRUE, level = 0.9, terms = c("visit", "c1"))
}
write.csv(do.call(rbind, data), "models_data.csv", row.names = FALSE, na = "", quote = FALSE)
write.csv(do.call(rbind, facts), "models_in_r.csv", row.names = FALSE)
