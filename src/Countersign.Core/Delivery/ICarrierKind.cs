using Countersign.Core.Channels;

namespace Countersign.Core.Delivery;

/// <summary>A kind of carrier that an operator can configure: its settings, and how one is made of them.</summary>
public interface ICarrierKind
{
    /// <summary>Lower-case name, as the admin API takes it, for example <c>twilio</c>.</summary>
    string Name { get; }

    /// <summary>The name that people read, for example <c>Twilio Programmable Messaging</c>.</summary>
    string Title { get; }

    /// <summary>The channels that carriers of this kind can serve.</summary>
    IReadOnlyList<Channel> Channels { get; }

    /// <summary>The channels that one carrier serves, where its settings decide; else all of the kind's.</summary>
    IReadOnlyList<Channel> ChannelsOf(CarrierSettings settings) => Channels;

    /// <summary>What can be set, in the order that people should read it.</summary>
    IReadOnlyList<CarrierSetting> Settings { get; }

    /// <summary>Rules that no single setting shows; called with settings that are right one by one. Yields nothing when all is well.</summary>
    IEnumerable<SettingProblem> Check(CarrierSettings settings) => [];

    /// <summary>Bytes that a callback may have, 64 KiB unless the carrier puts many receipts into one.</summary>
    int MaxCallback => 64 * 1024;

    /// <summary>Makes a carrier of settings that were checked. Does not wait for the network.</summary>
    ICarrier Create(CarrierEnvironment environment);
}

/// <summary>What is wrong with a setting, for the person who set it.</summary>
public sealed record SettingProblem(string Setting, string Explanation);
