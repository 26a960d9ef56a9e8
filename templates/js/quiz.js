// Quizzes are judged in the page. Without this script the answer stands in a
// <details> below each; with it that opens when the question was answered.
"use strict";
(() => {
  const words = JSON.parse(document.documentElement.dataset.words || "{}");
  const all = (selector, from) => [...from.querySelectorAll(selector)];

  // Each returns true, false, or null when nothing was answered.
  const judges = {
    one: (quiz) => judgeChoices(quiz),
    several: (quiz) => judgeChoices(quiz),
    number(quiz) {
      const field = quiz.querySelector("[data-role=value]");
      const text = field.value.trim().replace(",", ".");
      if (text === "" || Number.isNaN(Number(text))) return null;
      return Math.abs(Number(text) - Number(field.dataset.number)) <= Number(field.dataset.tolerance) + 1e-12;
    },
    text(quiz) {
      const field = quiz.querySelector("[data-role=value]");
      const given = field.value.trim().toLowerCase();
      if (!given) return null;
      return field.dataset.answers.split("|").some((answer) => answer.trim().toLowerCase() === given);
    },
    order: (quiz) => all("[data-role=order] > li", quiz).every((item, i) => Number(item.dataset.place) === i + 1),
  };

  const judgeChoices = (quiz) => {
    const choices = all(".quiz-choice", quiz);
    if (!choices.some((choice) => choice.querySelector("input").checked)) return null;
    let right = true;
    for (const choice of choices) {
      const checked = choice.querySelector("input").checked;
      const good = "right" in choice.dataset;
      if (checked !== good) right = false;
      choice.classList.toggle("is-right", checked && good);
      choice.classList.toggle("is-wrong", checked && !good);
      const why = choice.querySelector("[data-role=why]");
      if (why) why.hidden = !checked;
    }
    return right;
  };

  const clear = (quiz) => {
    for (const choice of all(".quiz-choice", quiz)) {
      choice.classList.remove("is-right", "is-wrong");
      const why = choice.querySelector("[data-role=why]");
      if (why) why.hidden = true;
    }
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

  for (const quiz of all("form.quiz", document)) {
    const bar = quiz.querySelector("[data-role=bar]");
    const again = quiz.querySelector("[data-action=again]");
    const answer = quiz.querySelector("[data-role=answer]");
    const verdict = quiz.querySelector("[data-role=verdict]");
    bar.hidden = false;
    answer.hidden = true;
    if (quiz.dataset.kind === "order") addOrderButtons(quiz);
    quiz.addEventListener("submit", (event) => {
      event.preventDefault();
      const right = judges[quiz.dataset.kind](quiz);
      verdict.className = "quiz-verdict" + (right === null ? "" : right ? " is-right" : " is-wrong");
      verdict.textContent = right === null ? words.choose : right ? words.right : words.wrong;
      if (right === null) return;
      again.hidden = right;
      answer.hidden = false;
      answer.open = right;
      quiz.dispatchEvent(new CustomEvent("labbook-quiz", { bubbles: true, detail: { id: quiz.dataset.quiz, right } }));
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
