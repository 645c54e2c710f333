export { ScriptedModel, type ScriptedFinish, type ScriptedModelOptions, type ScriptedStep } from './scripted-model.fake.js';
