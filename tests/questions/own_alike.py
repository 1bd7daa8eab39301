"""On what the thresholds of likeness were measured: written before they were chosen, none removed.

REWORDED: (slug of the question that it asks again, title, prompt), as somebody would note it after an interview;
OTHERS ask something that the first 41 questions do not.
"""

from __future__ import annotations

REWORDED = (
    (
        "rag-chunking-strategies",
        "How should documents be split into chunks?",
        "What chunk size and overlap would you pick for manuals and contracts, and how do you decide?",
    ),
    (
        "rag-end-to-end",
        "Explain RAG from ingestion to answer",
        "Describe how a RAG system over company documents works, from indexing to the response, and what can go wrong.",
    ),
    (
        "hybrid-search",
        "BM25 plus vectors",
        "Embedding search misses exact codes. How do you combine lexical and dense retrieval, and merge their results?",
    ),
    (
        "evaluating-a-rag-system",
        "RAG evaluation",
        "How would you test the quality of a RAG assistant before release and monitor it afterwards?",
    ),
    (
        "choosing-a-vector-database",
        "Which vector store would you use?",
        "Compare pgvector, Pinecone, Chroma and Weaviate for a multi-tenant RAG product.",
    ),
    (
        "choosing-an-embedding-model",
        "Picking embeddings for search",
        "How would you select an embedding model for multilingual support articles?",
    ),
    (
        "precision-recall-f1",
        "Precision vs recall",
        "What is the difference between precision and recall, and when is accuracy misleading?",
    ),
    (
        "bias-variance-trade-off",
        "Bias and variance",
        "Explain bias and variance with an example of under- and overfitting.",
    ),
    (
        "overfitting-and-regularization",
        "Overfitting",
        "What is overfitting, how do you notice it and which regularisation methods help?",
    ),
    (
        "gradient-descent",
        "Gradient descent and Adam",
        "How does stochastic gradient descent work and what does Adam add?",
    ),
    ("cross-validation", "k-fold cross-validation", "How does cross-validation work and when does it mislead?"),
    (
        "why-llms-hallucinate",
        "Hallucinations",
        "Why does a language model make things up and what can you do against it?",
    ),
    (
        "transformer-self-attention",
        "Attention",
        "Explain self-attention in transformers and its cost with context length.",
    ),
    (
        "sampling-temperature-top-p",
        "Temperature",
        "What does the temperature parameter do when sampling from an LLM? And top-p?",
    ),
    (
        "tokenization-cost-and-failures",
        "Tokenizers",
        "What is a token, how does BPE tokenization work and why do some languages cost more?",
    ),
    (
        "what-text-embeddings-capture",
        "What is an embedding?",
        "Explain text embeddings and cosine similarity, and their limits.",
    ),
    (
        "context-window-limits",
        "Long context instead of retrieval?",
        "Would you put all documents into the context window rather than do retrieval?",
    ),
    (
        "prompting-rag-or-fine-tuning",
        "Fine-tuning vs RAG",
        "When would you fine-tune a model, when use RAG and when only prompt?",
    ),
    ("few-shot-vs-zero-shot", "Few-shot prompting", "When do examples in the prompt help compared to zero-shot?"),
    (
        "prompt-injection-defence",
        "Prompt injection",
        "What is prompt injection and how do you protect an assistant that reads e-mails?",
    ),
    (
        "structured-output-function-calling",
        "Getting valid JSON from an LLM",
        "How do you make sure that model output always parses and follows a schema?",
    ),
    ("agent-memory", "Memory for agents", "How do you design short-term and long-term memory for an AI agent?"),
    (
        "agent-or-chain",
        "Agents vs workflows",
        "When would you use an autonomous agent and when a fixed chain of LLM calls?",
    ),
    (
        "agent-tool-calling",
        "Tool use by agents",
        "How does function calling by an agent work, and how do you keep dangerous tools safe?",
    ),
    (
        "llm-rate-limits-and-cost-control",
        "429s and the LLM bill",
        "How do you handle provider rate limits and keep the cost of LLM calls down?",
    ),
    ("staying-current-in-ai", "Keeping up to date", "How do you stay up to date with AI research?"),
    (
        "shipped-an-ai-feature",
        "An AI project you shipped",
        "Tell me about an AI product you brought to production and your role in it.",
    ),
    ("langgraph-or-langchain", "LangChain vs LangGraph", "What is the difference between LangChain and LangGraph?"),
    (
        "evaluating-open-ended-output",
        "Evaluating summaries",
        "How do you measure the quality of summaries written by an LLM when there is no single right one?",
    ),
    (
        "design-rag-support-chatbot",
        "System design: support bot",
        "Design a customer support chatbot with RAG over help articles and tickets.",
    ),
)
OTHERS = (
    ("HyDE", "What are hypothetical document embeddings and when do they help retrieval?"),
    ("Cross-encoder reranking", "Why rerank retrieved passages with a cross-encoder and what does it cost?"),
    ("Semantic caching", "How does a semantic cache for LLM answers work and where is it dangerous?"),
    ("KV cache", "What is the KV cache and how does paged attention manage its memory?"),
    ("LoRA", "Explain LoRA: which matrices are trained and why does it save memory?"),
    ("Quantisation", "What does int8 or 4-bit quantisation do to a model's quality and speed?"),
    ("Speculative decoding", "How does speculative decoding speed up generation?"),
    ("RLHF", "How are reward models and PPO used to align language models?"),
    ("DPO", "How does direct preference optimisation differ from RLHF?"),
    ("Mixture of experts", "How does routing in a mixture-of-experts model work?"),
    ("PII in logs", "How do you keep personal data out of LLM logs?"),
    ("ROC AUC", "What does the ROC curve show, and when is PR AUC better?"),
    ("Random forest", "How does a random forest differ from gradient boosting?"),
    ("Class imbalance", "How do you train on a data set where one class makes up 1 %?"),
    ("Data leakage", "What is target leakage and how do you find it?"),
    ("Batch normalisation", "What does batch norm do and why do transformers use layer norm?"),
    ("Multi-agent systems", "When are several cooperating agents better than one?"),
    ("Agent evaluation", "How do you evaluate the trajectories of an agent rather than its last answer?"),
    ("ReAct", "What is the ReAct pattern?"),
    ("MCP", "What is the Model Context Protocol and what does it standardise?"),
    ("Chain of thought", "Does asking for step-by-step reasoning always help?"),
    ("Prompt caching", "How does provider-side prompt caching change how you order a prompt?"),
    ("HNSW", "How does an HNSW index find neighbours and which parameters trade recall for speed?"),
    ("Metadata filtering", "How do filters interact with approximate nearest neighbour search?"),
    ("GraphRAG", "When does a knowledge graph improve retrieval?"),
    ("Document permissions", "How do you enforce document-level access rights in a RAG system?"),
    ("Streaming answers", "How do you stream tokens to a browser and handle cancellation?"),
    ("Conflict in a team", "Tell me about a disagreement with a colleague and how it ended."),
    ("Your greatest failure", "Tell me about a project that failed and what you learned."),
    ("Why this company?", "Why do you want to work here?"),
    ("Design a code assistant", "Design an in-editor code completion service."),
    ("Design a moderation system", "Design a system that moderates user comments with LLMs."),
    ("Python asyncio", "How does asyncio differ from threads for calling LLM APIs?"),
    ("LLM-as-judge bias", "Which biases does an LLM judge have and how do you control them?"),
    ("Vision language models", "How are images turned into tokens for a multimodal model?"),
    ("Salary expectations", "What salary do you expect?"),
)
