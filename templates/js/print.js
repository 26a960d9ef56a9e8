// The page of the whole book, for paper: into each lesson goes what the reader did in
// it, their own code, outputs, verdicts and answers. Steps without any keep what was
// recorded. Nothing can be run or answered here.
"use strict";
(() => {
  const { draw } = labbook;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const part = (section, role) => section.querySelector(`[data-role=${role}]`);

  const fillLab = (section, { code, events = [] }) => {
    if (typeof code === "string") {
      part(section, "code").querySelector("code").replaceChildren(draw.colour(code));
      section.classList.toggle("is-changed", code !== part(section, "source").value);
    }
    if (!events.length) return;
    const output = part(section, "output"), verdict = part(section, "verdict");
    output.replaceChildren();
    delete output.dataset.recorded;
    for (const e of events)
      if (e.kind === "check") draw.verdict(verdict, e);
      else if (e.kind !== "progress") draw.event(output, e);
  };

  const fillLesson = (article, state) => {
    for (const section of all("section.lab", article))
      fillLab(section, { ...state.kept?.[section.dataset.lab], ...state.steps?.[section.dataset.lab] });
    for (const quiz of all("form.quiz", article)) {
      const kept = state.quizzes?.[quiz.dataset.quiz];
      if (kept?.value !== undefined) labbook.answerQuiz(quiz, kept.value);
    }
  };

  labbook.opened.then(async () => {
    for (const article of all(".print-lesson")) {
      const state = await labbook.backend.look(article.dataset.lesson);
      if (state) fillLesson(article, state);
    }
    document.documentElement.dataset.filled = "1";
  });
})();
