using System.Collections.Frozen;
using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>
/// The carriers that messages can go to: those that operators configured, made anew when their settings change, and the sandbox. Numbers of fiction and test numbers
/// only ever see the sandbox; other numbers see it only as long as their account has set up no carrier of its own, switched off or not.
/// </summary>
public sealed partial class CarrierDirectory : IAsyncDisposable
{
    /// <summary>The name of the carrier that ends at the virtual phones.</summary>
    public const string SandboxName = "sandbox";

    readonly IRegistry<CarrierDefinition> _registry;
    readonly FrozenDictionary<string, ICarrierKind> _kinds;
    readonly CarrierParts _parts;
    readonly LiveCarrier? _sandbox;
    readonly Lock _gate = new();
    volatile Snapshot _snapshot = new(-1, FrozenDictionary<(Sid, string), LiveCarrier>.Empty, FrozenDictionary<Sid, OwnCarriers>.Empty, []);

    public CarrierDirectory(IRegistry<CarrierDefinition> registry, IEnumerable<ICarrierKind> kinds, IEnumerable<ICarrier> builtIn, CarrierParts parts)
    {
        (_registry, _parts) = (registry, parts);
        _kinds = kinds.ToFrozenDictionary(kind => kind.Name);
        _sandbox = builtIn.FirstOrDefault(carrier => carrier.Name == SandboxName) is { } sandbox ? new LiveCarrier(sandbox, null, AllChannels) : null;
    }

    static readonly Channel[] AllChannels = [Channel.Sms, Channel.Call, Channel.Email, Channel.WhatsApp];

    /// <summary>Grows with every change of any account's carriers.</summary>
    public long Version => _registry.Version;

    /// <summary>What can be configured.</summary>
    public IReadOnlyCollection<ICarrierKind> Kinds => _kinds.Values;

    /// <summary>The kind of that name; null where there is none.</summary>
    public ICarrierKind? KindOf(string name) => _kinds.GetValueOrDefault(name);

    /// <summary>The channels that a carrier serves when it is on, as it is set; those of its kind where it cannot be used so, and none where nobody knows the kind.</summary>
    public IReadOnlyList<Channel> ChannelsOf(CarrierDefinition definition) =>
        KindOf(definition.Kind) is not { } kind ? []
        : CarrierSettings.Check(kind, definition.Settings, definition.Secrets).Count > 0 ? kind.Channels
        : kind.ChannelsOf(new CarrierSettings(kind, definition.Settings, definition.Secrets));

    /// <summary>Bytes that a callback may have where it may have most.</summary>
    public int LargestCallback => _kinds.Values.Select(kind => kind.MaxCallback).DefaultIfEmpty().Max();

    /// <summary>A carrier by name, also one that is switched off: its receipts still count.</summary>
    /// <exception cref="UnknownKeyException">It is there, and opens with a key that this server does not have. For what is damaged it is another one.</exception>
    public LiveCarrier? Find(Sid account, string name)
    {
        if (name == SandboxName)
        {
            return _sandbox;
        }

        var current = Current();
        if (!current.ByName.TryGetValue((account, name), out var carrier) && current.Unreadable.Any(entry => entry.AccountSid == account && entry.Name == name))
        {
            _registry.Find(account, name);
        }

        return carrier;
    }

    /// <summary>All accounts' carriers that can be used, switched off or not.</summary>
    public IReadOnlyCollection<LiveCarrier> All => Current().ByName.Values;

    /// <summary>An account's carriers, in the order of creation, switched off or not.</summary>
    public IReadOnlyList<LiveCarrier> Of(Sid account) => OwnOf(account)?.All ?? [];

    /// <summary>The carriers that may take a message, in the order of creation; empty where none serves it.</summary>
    /// <exception cref="UnknownKeyException">One of the account's carriers opens with a key that this server does not have: it may be the one.</exception>
    public IReadOnlyList<LiveCarrier> Serving(Sid account, Channel channel, Destination to, bool isTest)
    {
        foreach (var entry in Current().Unreadable)
        {
            if (entry.AccountSid == account && entry.LacksKey && !isTest && !IsFictional(to))
            {
                _registry.Find(account, entry.Name);
            }
        }

        return ServingKnown(account, channel, to, isTest);
    }

    /// <summary>As above, of those that this server can read.</summary>
    internal IReadOnlyList<LiveCarrier> ServingKnown(Sid account, Channel channel, Destination to, bool isTest)
    {
        if (to is PhoneNumber == (channel == Channel.Email))
        {
            return []; // A fallback plan may name it: the code must not go to whoever would be sent a mailbox for a number.
        }

        if (isTest || IsFictional(to) || OwnOf(account) is not { } own)
        {
            // Never a real carrier: these numbers are nobody's.
            return _sandbox is null ? [] : _sandbox.Alone;
        }

        return own.Serving(channel);
    }

    /// <summary>The channels that the next message to a destination may use, by the carriers that this server can read.</summary>
    public IReadOnlyList<Channel> ChannelsFor(Sid account, Destination to, bool isTest)
    {
        var kinds = to is PhoneNumber ? PhoneChannels : MailChannels;
        return isTest || IsFictional(to) || OwnOf(account) is not { } own ? _sandbox is null ? [] : kinds : to is PhoneNumber ? own.PhoneChannels : own.MailChannels;
    }

    /// <summary>Whether messages to a destination go to carriers of the account's own, which routes learn of; false for those that only ever see the sandbox.</summary>
    public bool HasOwnFor(Verification verification) => !verification.Details.IsTest && !IsFictional(verification.To) && OwnOf(verification.AccountSid) is not null;

    static readonly Channel[] PhoneChannels = [Channel.Sms, Channel.Call, Channel.WhatsApp];
    static readonly Channel[] MailChannels = [Channel.Email];

    /// <summary>Numbers and mail domains that are reserved for fiction, documentation and tests.</summary>
    static bool IsFictional(Destination to) => to is PhoneNumber { IsFictional: true } or EmailAddress { IsFictional: true };

    /// <summary>
    /// What an account has set up, switched off or not, also where nothing of it can be used: its people's codes are not to go to the sandbox when the last one is switched off.
    /// Null where it has set up nothing.
    /// </summary>
    OwnCarriers? OwnOf(Sid account) => Current().ByAccount.GetValueOrDefault(account);

    Snapshot Current()
    {
        var snapshot = _snapshot;
        return snapshot.Version == _registry.Version ? snapshot : Renew();
    }

    Snapshot Renew()
    {
        lock (_gate)
        {
            var before = _snapshot;
            var version = _registry.Version;
            if (before.Version == version)
            {
                return before;
            }

            var live = new List<LiveCarrier>();
            var (definitions, unreadable) = (_registry.All, _registry.Unreadable);
            while (_registry.Version is var latest && latest != version)
            {
                // Of two moments: an account whose only carrier became readable between them would have none.
                version = latest;
                (definitions, unreadable) = (_registry.All, _registry.Unreadable);
            }

            foreach (var definition in definitions)
            {
                if (before.ByName.TryGetValue((definition.AccountSid, definition.Name), out var kept) && ReferenceEquals(kept.Definition, definition))
                {
                    live.Add(kept); // Unchanged: its connections stay.
                }
                else if (Make(definition) is { } made)
                {
                    live.Add(made);
                }
            }

            var ofAccount = live.ToLookup(carrier => carrier.Definition!.AccountSid);
            var after = new Snapshot(
                version,
                live.ToFrozenDictionary(carrier => (carrier.Definition!.AccountSid, carrier.Name)),
                definitions.Select(definition => definition.AccountSid).Concat(unreadable.Select(entry => entry.AccountSid)).Distinct()
                    .ToFrozenDictionary(account => account, account => new OwnCarriers([.. ofAccount[account]])),
                unreadable);
            _snapshot = after;
            foreach (var gone in before.ByName.Values.Except(live))
            {
                gone.Retire();
            }

            return after;
        }
    }

    LiveCarrier? Make(CarrierDefinition definition)
    {
        if (KindOf(definition.Kind) is not { } kind || CarrierSettings.Check(kind, definition.Settings, definition.Secrets).Count > 0)
        {
            LogUnusable(definition.Name, definition.Kind);
            return null;
        }

        try
        {
            var environment = _parts.EnvironmentOf(kind, definition);
            return new LiveCarrier(kind.Create(environment), definition, [.. kind.ChannelsOf(environment.Settings)]);
        }
        catch (Exception)
        {
            // Whatever slipped through the checks is this carrier's trouble: thrown on, it would stop every account's messages. The exception may quote a secret.
            LogUnusable(definition.Name, definition.Kind);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var carrier in _snapshot.ByName.Values)
        {
            await carrier.DisposeAsync();
        }
    }

    ILogger Logger => _parts.Logger;

    void LogUnusable(string carrier, string kind) => LogUnusable(Logger, carrier, kind);

    [LoggerMessage(2201, LogLevel.Error, "The carrier {Carrier} cannot be used: this version has no kind {Kind} with its settings. Put it again: PUT /admin/v1/carriers/{Carrier}")]
    static partial void LogUnusable(ILogger logger, string carrier, string kind);

    sealed record Snapshot(
        long Version, FrozenDictionary<(Sid, string), LiveCarrier> ByName, FrozenDictionary<Sid, OwnCarriers> ByAccount, IReadOnlyList<UnreadableEntry<CarrierDefinition>> Unreadable);

    /// <summary>An account's carriers, and which of them serve what: worked out once, and asked for several times by every start.</summary>
    sealed class OwnCarriers
    {
        readonly LiveCarrier[][] _serving;

        public OwnCarriers(LiveCarrier[] all)
        {
            All = all;
            _serving = new LiveCarrier[AllChannels.Max(channel => (int)channel) + 1][];
            foreach (var channel in AllChannels)
            {
                _serving[(int)channel] = [.. all.Where(carrier => carrier.Serves(channel))];
            }

            PhoneChannels = [.. CarrierDirectory.PhoneChannels.Where(channel => _serving[(int)channel].Length > 0)];
            MailChannels = [.. CarrierDirectory.MailChannels.Where(channel => _serving[(int)channel].Length > 0)];
        }

        /// <summary>In the order of creation, switched off or not; empty where none can be used.</summary>
        public IReadOnlyList<LiveCarrier> All { get; }

        public IReadOnlyList<Channel> PhoneChannels { get; }

        public IReadOnlyList<Channel> MailChannels { get; }

        public LiveCarrier[] Serving(Channel channel) => _serving[(int)channel];
    }
}
