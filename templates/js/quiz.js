// Quizzes are judged in the page. Without this script the answer stands in a
// <details> below each; with it that opens when the question was answered.
// The page of the whole book (print.js) only shows what was answered elsewhere.
"use strict";
(() => {
  const { words } = labbook;
  const all = (selector, from) => [...from.querySelectorAll(selector)];

  // Each returns true, false, or null when nothing was answered.
  const judges = {
    one: (quiz) => judgeChoices(quiz),
    several: (quiz) => judgeChoices(quiz),
    number(quiz) {
      const { dataset, value } = quiz.querySelector("[data-role=value]");
      const given = Number(value.trim().replace(",", ".") || NaN), near = Number(dataset.tolerance) + 1e-12;
      if (Number.isNaN(given)) return null;
      if (Math.abs(given - Number(dataset.number)) <= near) return explain(quiz, () => false);
      if (!explain(quiz, (wrong) => Math.abs(given - Number(wrong)) <= near)) return false;
      quiz.more = given < Number(dataset.number) ? words.larger : words.smaller;
      return false;
    },
    text(quiz) {
      const field = quiz.querySelector("[data-role=value]");
      const given = field.value.trim().toLowerCase();
      if (!given) return null;
      const right = field.dataset.answers.split("|").some((answer) => answer.trim().toLowerCase() === given);
      explain(quiz, (wrong) => !right && wrong.trim().toLowerCase() === given);
      return right;
    },
    // The first that stands in a wrong place is the one to think about.
    order(quiz) {
      const items = all("[data-role=order] > li", quiz);
      const at = items.findIndex((item, i) => Number(item.dataset.place) !== i + 1);
      items.forEach((item, i) => {
        const why = item.querySelector("[data-role=why]");
        item.classList.toggle("is-wrong", i === at);
        if (why) why.hidden = i !== at;
      });
      if (at >= 0) quiz.more = `${words.in_place} ${at}.`;
      return at < 0;
    },
  };

  // Show what was foreseen of wrong answers for which `holds`; true where nothing was.
  const explain = (quiz, holds) => {
    let none = true;
    for (const why of all("[data-wrong]", quiz)) {
      why.hidden = !holds(why.dataset.wrong);
      none &&= why.hidden;
    }
    return none;
  };

  const judgeChoices = (quiz) => {
    const choices = all(".quiz-choice", quiz);
    if (!choices.some((choice) => choice.querySelector("input").checked)) return null;
    let right = true, none_wrong = true;
    for (const choice of choices) {
      const checked = choice.querySelector("input").checked;
      const good = "right" in choice.dataset;
      if (checked !== good) right = false;
      if (checked && !good) none_wrong = false;
      choice.classList.toggle("is-right", checked && good);
      choice.classList.toggle("is-wrong", checked && !good);
      const why = choice.querySelector("[data-role=why]");
      if (why) why.hidden = !checked;
    }
    if (!right && none_wrong) quiz.more = words.missing_some;
    return right;
  };

  const clear = (quiz) => {
    for (const choice of all(".quiz-choice, [data-role=order] > li", quiz)) choice.classList.remove("is-right", "is-wrong");
    for (const why of all("[data-role=why]", quiz)) why.hidden = true;
    const verdict = quiz.querySelector("[data-role=verdict]");
    verdict.textContent = "";
    verdict.className = "quiz-verdict";
  };

  const addOrderButtons = (quiz) => {
    for (const item of all("[data-role=order] > li", quiz)) {
      for (const [sign, label, step] of [["\u2191", words.up, -1], ["\u2193", words.down, 1]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = sign;
        button.setAttribute("aria-label", `${label}: ${item.querySelector("span").textContent}`);
        button.addEventListener("click", () => {
          const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
          if (!other) return;
          if (step < 0) other.before(item);
          else other.after(item);
          button.focus();
          clear(quiz);
        });
        item.append(button);
      }
    }
  };

  // What was chosen, so that it can be shown again: places of choices, or a text.
  const answerOf = (quiz) => {
    const field = quiz.querySelector("[data-role=value]");
    if (field) return field.value.slice(0, 500);
    if (quiz.dataset.kind === "order") return all("[data-role=order] > li", quiz).map((item) => Number(item.dataset.place));
    return all(".quiz-choice", quiz).filter((choice) => choice.querySelector("input").checked).map((choice) => Number(choice.dataset.choice));
  };

  const showAnswer = (quiz, value) => {
    const field = quiz.querySelector("[data-role=value]");
    if (field && typeof value === "string") field.value = value;
    if (!Array.isArray(value)) return;
    const order = quiz.querySelector("[data-role=order]");
    if (order)
      for (const place of value) {
        const item = order.querySelector(`:scope > li[data-place="${Number(place)}"]`);
        if (item) order.append(item);
      }
    for (const choice of all(".quiz-choice", quiz)) choice.querySelector("input").checked = value.includes(Number(choice.dataset.choice));
  };

  const restore = (id, kept) => {
    const quiz = document.getElementById(`quiz-${id}`);
    if (quiz && kept.value !== undefined) labbook.answerQuiz(quiz, kept.value);
  };
  labbook.watchers.push({
    state(state) { for (const [id, kept] of Object.entries(state.quizzes || {})) restore(id, kept); },
    event(e) { if (e.kind === "quiz" && !e.own) restore(e.quiz, e); },
  });

  // After a right answer each choice says beside itself why it is right or wrong, so that
  // the list of right ones would say the same again; what concerns all of them is left.
  const showReasons = (quiz, answer, right) => {
    const choices = all(".quiz-choice", quiz);
    const beside = right && choices.length > 0;
    if (beside) for (const why of all("[data-role=why]", quiz)) why.hidden = false;
    answer.querySelector("ul").hidden = beside;
    answer.hidden = beside && !answer.querySelector("[data-role=explain]");
    answer.open = right;
  };

  // Say whether what is chosen is right, and explain it; undefined when nothing is.
  const show = (quiz) => {
    const again = quiz.querySelector("[data-action=again]");
    const answer = quiz.querySelector("[data-role=answer]");
    const verdict = quiz.querySelector("[data-role=verdict]");
    quiz.more = "";
    const right = judges[quiz.dataset.kind](quiz);
    verdict.className = "quiz-verdict" + (right === null ? "" : right ? " is-right" : " is-wrong");
    verdict.textContent = right === null ? words.choose : right ? words.right : `${words.wrong} ${quiz.more}`.trim();
    if (right === null) return undefined;
    again.hidden = right;
    showReasons(quiz, answer, right);
    return right;
  };

  labbook.answerQuiz = (quiz, value) => {
    showAnswer(quiz, value);
    show(quiz);
  };

  for (const quiz of all("form.quiz", document)) {
    if (quiz.closest(".print-lesson")) continue;
    const bar = quiz.querySelector("[data-role=bar]");
    const again = quiz.querySelector("[data-action=again]");
    const answer = quiz.querySelector("[data-role=answer]");
    bar.hidden = false;
    answer.hidden = true;
    if (quiz.dataset.kind === "order") addOrderButtons(quiz);
    quiz.addEventListener("submit", (event) => {
      event.preventDefault();
      const right = show(quiz);
      if (right !== undefined) labbook.backend.quiz(quiz.dataset.quiz, right, answerOf(quiz)).catch(() => { /* judged all the same */ });
    });
    again.addEventListener("click", () => {
      quiz.reset();
      clear(quiz);
      again.hidden = true;
      answer.hidden = true;
      answer.open = false;
    });
  }
})();
