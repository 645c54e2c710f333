/** Makes vectors. One call at a time is enough for a core. */
export interface Engine {
  /** The model's name, as it is stored with what it made. */
  readonly model: string;
  readonly dimensions: number;
  /**
   * @param text as {@link prepareText} leaves it
   * @param isQuery the model was trained to tell a question from what answers it. Rejects where the engine fails.
   */
  embed(text: string, isQuery: boolean): Promise<Float32Array>;
}
