/** CLIP's channel means and standard deviations, on pixels from 0 to 1 (openai/CLIP, clip.py). */
export const channelMean = [0.48145466, 0.4578275, 0.40821073];
export const channelDeviation = [0.26862954, 0.26130258, 0.27577711];
