import type { InstalledSkill, InstallSkill, PatchSkill, Skill, SkillDetails, SkillList } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { pathOf, type Transport } from '../transport.js';

/** What the agent was taught. Wants the scope `admin`. */
export class Skills {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(options?: CallOptions): Promise<readonly Skill[]> {
    const { skills } = await this.#transport.json<SkillList>({ method: 'GET', path: pathOf('skills'), repeatable: true }, options);
    return skills;
  }

  /** With its instructions. */
  async get(name: string, options?: CallOptions): Promise<SkillDetails> {
    return this.#transport.json({ method: 'GET', path: pathOf('skills', name), repeatable: true }, options);
  }

  /** Look at `findings` before it is used. The same package twice is installed once. @throws ConflictError where the name is taken */
  async install(input: Omit<InstallSkill, 'replace'> & { readonly replace?: boolean }, options?: CallOptions): Promise<InstalledSkill> {
    return this.#transport.json({ method: 'POST', path: pathOf('skills', 'install'), json: input, repeatable: true }, options);
  }

  async setStatus(name: string, status: PatchSkill['status'], options?: CallOptions): Promise<Skill> {
    return this.#transport.json({ method: 'PATCH', path: pathOf('skills', name), json: { status }, repeatable: true }, options);
  }

  /** On every worker at once. */
  async remove(name: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf('skills', name), repeatable: true }, options);
  }
}
