using System.Collections.Concurrent;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>A kind of carrier that answers what the test wrote, by the carrier's name.</summary>
sealed class ScriptedKind : ICarrierKind
{
    readonly ConcurrentDictionary<string, Func<OutgoingMessage, CancellationToken, ValueTask<SendOutcome>>> _scripts = new();

    /// <summary>What each carrier was handed, in order.</summary>
    public ConcurrentQueue<(string Carrier, OutgoingMessage Message)> Handed { get; } = new();

    /// <summary>A carrier of this name throws when it is made.</summary>
    public string? CannotMake { get; set; }

    public string Name => "scripted";

    public string Title => "Scripted";

    public IReadOnlyList<Channel> Channels { get; init; } = [Channel.Sms, Channel.Call, Channel.WhatsApp];

    public IReadOnlyList<CarrierSetting> Settings => [];

    public ICarrier Create(CarrierEnvironment environment) => environment.Definition.Name == CannotMake
        ? throw new UriFormatException("https://api.example.com ?key=not-a-real-key")
        : new ScriptedCarrier(this, environment.Definition.Name);

    /// <summary>From now on the carrier answers so.</summary>
    public void Answer(string carrier, Func<OutgoingMessage, CancellationToken, ValueTask<SendOutcome>> script) => _scripts[carrier] = script;

    public void Answer(string carrier, SendOutcome outcome) => Answer(carrier, (_, _) => ValueTask.FromResult(outcome));

    sealed class ScriptedCarrier(ScriptedKind kind, string name) : ICarrier, IDisposable
    {
        bool _isDisposed;

        public void Dispose() => _isDisposed = true;

        public string Name => name;

        public ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            kind.Handed.Enqueue((name, message));
            return kind._scripts.TryGetValue(name, out var script) ? script(message, ct) : ValueTask.FromResult<SendOutcome>(new SendOutcome.Accepted($"{name}-1"));
        }
    }
}
