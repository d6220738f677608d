/** The prompt for an access token. */

import { find } from "./element.js";

/** @type {Promise<boolean> | null} */
let asking = null;
let declined = false;

/**
 * Ask for a token, once however many requests need it; false if the person has none.
 *
 * @param {Error} reason
 * @param {(token: string) => Promise<void>} openSession throws where the token is refused
 */
export function askForToken(reason, openSession) {
  if (declined) return Promise.resolve(false);
  asking ??= ask(reason, openSession).finally(() => {
    asking = null;
  });
  return asking;
}

/** Ask again, although the person had no token before: they try once more. */
export function forgetRefusal() {
  declined = false;
}

/**
 * @param {Error} reason
 * @param {(token: string) => Promise<void>} openSession
 * @returns {Promise<boolean>}
 */
function ask(reason, openSession) {
  const dialog = find("token", HTMLDialogElement);
  const form = find("token-form", HTMLFormElement);
  const input = find("token-input", HTMLInputElement);
  const message = find("token-message", HTMLElement);
  message.textContent = reason.message;
  dialog.showModal();
  return new Promise((resolve) => {
    let accepted = false;
    form.onsubmit = async (event) => {
      event.preventDefault();
      try {
        await openSession(input.value.trim());
        accepted = true;
        dialog.close();
      } catch (error) {
        message.textContent = String(error instanceof Error ? error.message : error);
        input.select();
      }
    };
    dialog.onclose = () => {
      input.value = "";
      declined = !accepted;
      resolve(accepted);
    };
  });
}
