/** Ways in which a person brings a value to the gateway with what waits. */
import type { PlantedScene } from "./planted-scene.ts";
import type { Held } from "./planted-session.ts";

export async function waiting(scene: PlantedScene): Promise<Held> {
  return (await scene.session()).hold("delete from notes where id = 7");
}

interface Edit {
  readonly command: string;
  readonly parameters?: readonly string[];
  readonly comment?: string;
}

export async function edits(scene: PlantedScene, changes: Edit) {
  return edit(scene, (await waiting(scene)).review, changes);
}

export async function edit(scene: PlantedScene, review: string, changes: Edit) {
  const { digest } = await scene.review(review);
  const { call } = scene.gateway();
  const body = { digest, parameters: null, comment: "narrower", ...changes };
  const answer = await call(`/reviews/${review}/override`, scene.reviewer, body);
  scene.answered.people.push(JSON.stringify(answer.body));
  return answer;
}
