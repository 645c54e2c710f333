export { ScriptedModel, type ScriptedModelOptions, type ScriptedStep } from './scripted-model.fake.js';
